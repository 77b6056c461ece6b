/** The help: what the workspaces are for, and every key. @module */

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { keyTable, keyWords } from "./keys.js";

const PARTS = [
  ["Look", "Choose a source and a look, turn its knobs, and see what they do on your own frame."],
  ["Make", "Render films, zooms, music visuals and pictures one after the other. They go on when this page is closed."],
  ["Play", "Dream live, from a camera or a film, with the same knobs."],
];

/** Open it. */
export function openHelp() {
  const parts = PARTS.map(([name, text]) => el("div", {}, el("h3", {}, name), el("p", { class: "soft" }, text)));
  const tables = [...groups()].map(([name, rows]) => {
    const lines = rows.flatMap(({ keys, about }) => [el("dt", {}, ...written(keys)), el("dd", {}, about)]);
    return el("section", {}, el("h3", {}, name), el("dl", { class: "keys" }, ...lines));
  });
  const body = [el("div", { class: "help-spaces" }, ...parts), el("div", { class: "help-parts" }, ...tables)];
  openDialog({ title: "Help", wide: true, body });
}

/** The keys by where they hold: "Live: tap" holds in Play. */
function groups() {
  const found = new Map([["Keys", []]]);
  for (const { keys, about } of keyTable()) {
    const [, where, rest] = about.match(/^(\w+): (.+)$/) ?? [null, "Keys", about];
    const name = where === "Live" ? "Keys in Play" : where === "Timeline" ? "Keys at the timeline" : where;
    found.set(name, [...(found.get(name) ?? []), { keys, about: rest[0].toUpperCase() + rest.slice(1) }]);
  }
  return found;
}

function written(keys) {
  return keys.flatMap((key, index) => [index ? " or " : null, ...keyWords(key).map((part) => el("kbd", {}, part))]).filter(Boolean);
}

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
  const parts = PARTS.map(([name, text]) => el("section", {}, el("h3", {}, name), el("p", { class: "soft" }, text)));
  const rows = keyTable().flatMap(({ keys, about }) => [el("dt", {}, ...written(keys)), el("dd", {}, about)]);
  const keys = el("section", {}, el("h3", {}, "Keys"), el("dl", { class: "keys" }, ...rows));
  openDialog({ title: "Help", wide: true, body: [el("div", { class: "help-parts" }, ...parts, keys)] });
}

function written(keys) {
  return keys.flatMap((key, index) => [index ? " or " : null, ...keyWords(key).map((part) => el("kbd", {}, part))]).filter(Boolean);
}

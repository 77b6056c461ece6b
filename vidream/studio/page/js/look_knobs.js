/** The knobs of what is made now: the ten that matter most, then all others in their groups; and a search through them. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { knobRow } from "./knob_row.js";

/**
 * The knobs.
 * @param {import("./look_model.js").LookModel} model
 * @returns {{element: HTMLElement, show: () => void, search: (words: string) => void}}
 */
export function knobList(model) {
  const element = el("div", { class: "knobs" });
  const open = new Set();
  let drawn = "";
  let parts = { rows: [], groups: [] };
  let wanted = "";
  const filter = () => {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of parts.rows) row.element.hidden = !words.every((word) => row.words.includes(word));
    for (const group of parts.groups) group.filter(words.length > 0);
    parts.none.hidden = parts.rows.some((row) => !row.element.hidden);
  };
  return {
    element,
    show() {
      if (model.look.schema !== drawn) parts = build(model, element, open);
      const built = model.look.schema !== drawn;
      drawn = model.look.schema;
      for (const row of parts.rows) row.show();
      for (const group of parts.groups) group.count();
      if (built) filter();
    },
    search(words) {
      wanted = words;
      filter();
    },
  };
}

function build(model, element, open) {
  const rows = model.panels.flatMap(({ knobs }) => knobs.map((knob) => knobRow(model, knob)));
  const first = rows.filter(({ knob }) => knob.top !== null).sort((one, other) => one.knob.top - other.knob.top);
  const groups = model.panels.map(({ panel, knobs }) => {
    const own = rows.filter(({ knob }) => knob.top === null && knobs.includes(knob));
    return own.length ? makeGroup(model, panel, own, open) : null;
  }).filter(Boolean);
  const none = el("p", { class: "soft small knob-nothing", hidden: true }, "No knob has these words.");
  refill(element, el("div", { class: "knob-first" }, ...first.map((row) => row.element)), ...groups.map((group) => group.element), none);
  return { rows, groups, none };
}

function makeGroup(model, title, rows, open) {
  const changed = el("span", { class: "tag", hidden: true });
  const element = el(
    "details", { class: "knob-group", open: open.has(title) },
    el("summary", {}, icon("chevron"), el("span", { class: "group-title" }, title), changed), ...rows.map((row) => row.element),
  );
  let searching = false;
  element.addEventListener("toggle", () => {
    if (!searching) open[element.open ? "add" : "delete"](title);
  });
  return {
    element,
    count() {
      const count = rows.filter(({ knob }) => knob.name in model.look.knobs).length;
      const wrong = rows.some(({ knob }) => model.problem(knob.name));
      changed.hidden = !count && !wrong;
      changed.textContent = wrong ? "problem" : `${count} changed`;
      changed.classList.toggle("problem", wrong);
    },
    filter(looking) {
      searching = looking;
      element.hidden = rows.every((row) => row.element.hidden);
      element.open = looking || open.has(title);
    },
  };
}

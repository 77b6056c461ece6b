/** What may move and does not yet, to choose from: a field to search in, and a list. @module */

import { el, refill } from "./dom.js";
import { place } from "./menu.js";
import { neighbour } from "./tabs.js";
import { shown } from "./curve_model.js";

const FIRST = ["strength", "zoom", "turn", "step_size", "swell", "persistence", "vivid", "octaves"];

/**
 * Open the list at a button.
 * @param {HTMLElement} anchor
 * @param {object[]} lanes those that do not move.
 * @param {(lane: object) => void} chosen
 */
export function openLanes(anchor, lanes, chosen) {
  const open = document.querySelector(".menu.lanes");
  if (open) {
    open.remove();
    return;
  }
  const order = (lane) => (FIRST.indexOf(lane.id) + 1 || 99) - (lane.kind === "layers" ? 90 : 0);
  const sorted = [...lanes].sort((a, b) => order(a) - order(b));
  const field = el("input", { type: "search", placeholder: "Which knob is to move?", "aria-label": "Which knob is to move?" });
  const list = el("div", { class: "lanes-list", role: "listbox", "aria-label": "Knobs that may move" });
  const menu = el("div", { class: "menu lanes", popover: "auto" }, field, list);
  const pick = (lane) => {
    menu.hidePopover();
    chosen(lane);
  };
  const show = () => {
    const words = field.value.toLowerCase().split(/\s+/);
    const found = sorted.filter((lane) => words.every((word) => `${lane.label} ${lane.about}`.toLowerCase().includes(word)));
    refill(list, ...found.map((lane) => row(lane, pick)), found.length ? null : el("p", { class: "faint small" }, "No knob that may move is called so."));
  };
  field.addEventListener("input", show);
  menu.addEventListener("keydown", (event) => {
    if (event.target === field && event.key === "Enter") list.firstElementChild?.click();
    const rows = [...list.querySelectorAll("button")];
    const next = event.target === field ? event.key === "ArrowDown" && rows[0] : neighbour(rows, document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  menu.addEventListener("toggle", (event) => {
    if (event.newState === "closed") {
      menu.remove();
      anchor.setAttribute("aria-expanded", "false");
    }
  });
  document.body.append(menu);
  show();
  menu.showPopover();
  place(menu, anchor.getBoundingClientRect());
  anchor.setAttribute("aria-expanded", "true");
  field.focus();
}

function row(lane, pick) {
  const value = typeof lane.value === "number" ? shown(lane.value, Math.max(1, Math.abs(lane.value))) : "";
  return el(
    "button", { type: "button", role: "option", class: "lanes-row", onclick: () => pick(lane) },
    el("span", { class: "lanes-name" }, lane.label), el("span", { class: "mono soft" }, value), el("span", { class: "lanes-about faint small truncate" }, lane.about),
  );
}

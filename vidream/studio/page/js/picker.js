/** A list to search and pick from, opened at a button: layers, classes. @module */

import { el, refill } from "./dom.js";
import { place } from "./menu.js";

const MOST = 60;

/** @typedef {{value: string, note?: string}} Item */

/**
 * Open it; it closes by Escape, by a press elsewhere, and by picking.
 * @param {HTMLElement} anchor
 * @param {{label: string, placeholder: string, items: Item[]|Promise<Item[]>, free?: boolean, pick: (value: string) => void}} what
 *   free: what is typed may be picked, too, though it is none of the items.
 */
export function openPicker(anchor, { label, placeholder, items: coming, free = false, pick }) {
  const search = el("input", { type: "search", placeholder, "aria-label": label, role: "combobox", "aria-expanded": "true", "aria-controls": "picker-list", spellcheck: false });
  const list = el("div", { id: "picker-list", class: "picker-list", role: "listbox", "aria-label": label });
  const element = el("div", { class: "menu picker", popover: "auto" }, search, list);
  let items = [];
  let at = 0;
  const close = () => element.hidePopover();
  const choose = (value) => {
    close();
    pick(value);
  };
  const draw = () => {
    const word = search.value.trim().toLowerCase();
    const found = items.filter(({ value }) => value.toLowerCase().includes(word)).sort((one, other) => rank(one, word) - rank(other, word));
    const exact = items.some(({ value }) => value.toLowerCase() === word);
    const shown = [...found.slice(0, MOST), ...(free && word && !exact ? [{ value: search.value.trim(), note: "as typed" }] : [])];
    at = Math.min(at, Math.max(0, shown.length - 1));
    refill(list, ...shown.map((item, index) => option(item, index === at, choose)));
    if (!shown.length) list.append(el("p", { class: "faint small" }, "Nothing is called so."));
    const chosen = list.children[at];
    search.setAttribute("aria-activedescendant", chosen?.id ?? "");
    chosen?.scrollIntoView({ block: "nearest" });
  };
  search.addEventListener("input", () => {
    at = 0;
    draw();
  });
  search.addEventListener("keydown", (event) => {
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (way) {
      event.preventDefault();
      at = Math.max(0, at + way);
      draw();
    } else if (event.key === "Enter") {
      event.preventDefault();
      list.querySelector('[aria-selected="true"]')?.click();
    }
  });
  element.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    element.remove();
    anchor.focus({ preventScroll: true });
  });
  document.body.append(element);
  void Promise.resolve(coming).then((all) => {
    items = all;
    draw();
  });
  element.showPopover();
  place(element, anchor.getBoundingClientRect());
  search.focus();
}

const rank = ({ value }, word) => (value.toLowerCase() === word ? 0 : value.toLowerCase().startsWith(word) ? 1 : 2);

function option({ value, note }, chosen, choose) {
  const words = [el("span", { class: "truncate" }, value), note ? el("span", { class: "key" }, note) : null];
  return el("button", { type: "button", id: `picker-${value}`, role: "option", tabIndex: -1, "aria-selected": String(chosen), onclick: () => choose(value) }, ...words);
}

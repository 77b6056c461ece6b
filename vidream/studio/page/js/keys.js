/** The keyboard: what keys do, in one table that the help shows. @module */

const table = [];

/**
 * Let a key do something, unless somebody types into a field, a menu or a dialog is open, or the thing that has the focus
 * does something else by it (space on a button, arrows on a slider).
 * @param {string} key as KeyboardEvent.key has it, with modifiers before: "Ctrl+z", "Shift+ArrowLeft", " " for space.
 * @param {string} about what it does, in a few words: a verb first, in sentence case. Empty: the help leaves it out.
 * @param {(event: KeyboardEvent) => void} act
 * @param {() => boolean} when whether it does that now.
 */
export function onKey(key, about, act, when = () => true) {
  table.push({ key, about, act, when });
}

/** Every key and what it does, those that do the same together. @returns {{keys: string[], about: string}[]} */
export function keyTable() {
  const rows = new Map();
  for (const { key, about } of table) {
    if (about) rows.set(about, [...(rows.get(about) ?? []), key]);
  }
  return [...rows].map(([about, keys]) => ({ keys, about }));
}

const WORDS = { " ": "Space", ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓", Escape: "Esc", Delete: "Del" };

/** How a key is written: "Ctrl+z" is "Ctrl Z". @param {string} key @returns {string[]} its parts. */
export function keyWords(key) {
  const parts = key === "+" ? ["+"] : key.split("+");
  return parts.map((part) => WORDS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

const TYPED = "input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";
const PRESSED = "button, a[href], summary, [role=button], [role=tab], [role=radio], [role=option], [role^=menuitem], input";
const MOVED = "input[type=range], [role=tab], [role=radio], [role=option], [role=slider], [role=separator], [role=spinbutton]";
const MOVES = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];

function isTaken(target, event) {
  if (!(target instanceof Element)) return false;
  if (target.closest(TYPED) || document.querySelector("dialog[open], .menu:popover-open")) return true;
  const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
  if (bare && (event.key === " " || event.key === "Enter")) return Boolean(target.closest(PRESSED));
  return bare && MOVES.includes(event.key) && Boolean(target.closest(MOVED));
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || isTaken(event.target, event)) return;
  const digit = /^Digit\d$/.test(event.code) ? event.code.slice(5) : null; // with Alt a Mac writes another sign
  const named = event.altKey && digit ? digit : event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const before = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}`;
  const names = [`${before}${event.shiftKey ? "Shift+" : ""}${named}`];
  if (event.key.length === 1 && event.key.toLowerCase() === event.key.toUpperCase()) names.push(`${before}${event.key}`); // "?" has Shift in itself
  const row = table.find(({ key, when }) => names.includes(key) && when());
  if (!row) return;
  event.preventDefault();
  row.act(event);
});

/** The keyboard: what keys do, in one table that the help shows. @module */

const table = [];

/**
 * Let a key do something, unless somebody types into a field.
 * @param {string} key as KeyboardEvent.key has it, with modifiers before: "Ctrl+z", "Shift+ArrowLeft", " " for space.
 * @param {string} about what it does, in a few words.
 * @param {(event: KeyboardEvent) => void} act
 * @param {() => boolean} when whether it does that now.
 */
export function onKey(key, about, act, when = () => true) {
  table.push({ key, about, act, when });
}

/** Every key and what it does. @returns {{key: string, about: string}[]} */
export const keyTable = () => table.map(({ key, about }) => ({ key, about }));

const typing = (target) => target.closest?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  const modifiers = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}${event.shiftKey ? "Shift+" : ""}`;
  if (event.defaultPrevented || typing(event.target)) return;
  const named = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const row = table.find(({ key, when }) => (key === modifiers + named || key === event.key) && when());
  if (!row) return;
  event.preventDefault();
  row.act(event);
});

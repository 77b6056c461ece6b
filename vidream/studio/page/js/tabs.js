/** Tabs, as the keyboard expects them: one stop for Tab, arrows between them. @module */

/**
 * Make a tablist work: its buttons have role="tab" and aria-controls; a tab that is chosen shows what it controls.
 * @param {HTMLElement} list an element with role="tablist".
 * @param {(tab: HTMLElement) => void} chosen called with a tab that a person chose.
 * @returns {(tab: HTMLElement) => void} chooses a tab, without calling `chosen`.
 */
export function wireTabs(list, chosen = () => {}) {
  const tabs = () => [...list.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    for (const each of tabs()) {
      const on = each === tab;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !on;
    }
  };
  const pick = (tab) => {
    choose(tab);
    chosen(tab);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) pick(tab);
  });
  list.addEventListener("keydown", (event) => {
    const next = neighbour(tabs(), document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    pick(next);
  });
  choose(tabs().find((tab) => tab.getAttribute("aria-selected") === "true") ?? tabs()[0]);
  return choose;
}

/**
 * Which of some elements in a row a key leads to: arrows (around the ends), Home and End.
 * @param {HTMLElement[]} row
 * @param {Element} from the one that has the focus.
 * @param {string} key as KeyboardEvent.key has it.
 * @returns {HTMLElement|null}
 */
export function neighbour(row, from, key) {
  const at = row.indexOf(from);
  if (at < 0) return null;
  if (key === "ArrowRight" || key === "ArrowDown") return row[(at + 1) % row.length];
  if (key === "ArrowLeft" || key === "ArrowUp") return row[(at - 1 + row.length) % row.length];
  if (key === "Home") return row[0];
  return key === "End" ? row[row.length - 1] : null;
}

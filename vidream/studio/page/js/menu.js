/** Menus: opened at a button or at a point, gone through by arrows and first letters, closed by Escape. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { neighbour } from "./tabs.js";

let open = null;

/**
 * A line of a menu: {label, act, icon, key, checked, disabled, danger}; "-" is a line between; {title} is a heading.
 * @typedef {{label?: string, act?: () => void, icon?: string, key?: string, checked?: boolean, disabled?: boolean, danger?: boolean,
 *   title?: string} | "-"} Item
 */

/**
 * Open a menu; another that is open closes. Focus returns to where it was.
 * @param {HTMLElement} anchor what it belongs to: a second call with the same one closes it.
 * @param {Item[]} items
 * @param {{x: number, y: number}|null} point where (a right-click's clientX, clientY); without it below the anchor.
 * @returns {() => void} closes it.
 */
export function openMenu(anchor, items, point = null) {
  const same = open?.anchor === anchor && !point;
  closeMenu();
  if (same) return () => {};
  const element = el("div", { class: "menu", role: "menu", popover: "manual", "aria-label": anchor.getAttribute("aria-label") ?? anchor.textContent.trim() });
  const before = anchor.matches(":focus") || !document.activeElement ? anchor : document.activeElement;
  element.append(...items.map((item) => line(item)));
  element.addEventListener("keydown", (event) => walk(event, element));
  (anchor.closest("dialog") ?? document.body).append(element);
  element.showPopover();
  place(element, anchor.getBoundingClientRect(), point);
  if (!point) anchor.setAttribute("aria-expanded", "true");
  open = { anchor, element, before };
  rows(element)[0]?.focus();
  return closeMenu;
}

/** Close the menu that is open. */
export function closeMenu() {
  if (!open) return;
  const { anchor, element, before } = open;
  open = null;
  const inside = element.contains(document.activeElement);
  element.remove();
  if (anchor.hasAttribute("aria-expanded")) anchor.setAttribute("aria-expanded", "false");
  if (inside) (before.isConnected ? before : anchor).focus({ preventScroll: true });
}

/** Where something that opens stands: below a box or at a point, and inside the window. */
export function place(element, box, point = null) {
  const { width, height } = element.getBoundingClientRect();
  const left = point ? point.x : box.left;
  let top = point ? point.y : box.bottom + 4;
  if (top + height > innerHeight - 4) top = Math.max(4, (point ? point.y : box.top - 4) - height);
  element.style.left = `${Math.max(4, Math.min(left, innerWidth - width - 4))}px`;
  element.style.top = `${top}px`;
}

const rows = (element) => [...element.querySelectorAll('[role^="menuitem"]:not(:disabled)')];

function line(item) {
  if (item === "-") return el("hr", { role: "separator" });
  if (item.title) return el("div", { class: "group-title", role: "presentation" }, item.title);
  const checkable = item.checked !== undefined;
  const act = () => {
    closeMenu();
    item.act?.();
  };
  return el(
    "button",
    {
      type: "button", role: checkable ? "menuitemcheckbox" : "menuitem", tabIndex: -1, disabled: Boolean(item.disabled), onclick: act,
      class: item.danger ? "problem" : null, "aria-checked": checkable ? String(item.checked) : null,
    },
    item.icon || checkable ? picture(item) : null,
    el("span", {}, item.label),
    item.key ? el("span", { class: "key" }, item.key) : null,
  );
}

function picture(item) {
  const drawn = icon(item.icon ?? "check");
  if (item.checked === false && !item.icon) drawn.style.visibility = "hidden";
  return drawn;
}

function walk(event, element) {
  const all = rows(element);
  if (event.key === "Escape" || event.key === "Tab") {
    closeMenu();
    if (event.key === "Escape") event.preventDefault();
    event.stopPropagation();
    return;
  }
  const letter = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && event.key !== " ";
  const at = all.indexOf(document.activeElement);
  const after = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  const next = letter
    ? after.find((each) => each.textContent.trim().toLowerCase().startsWith(event.key.toLowerCase()))
    : neighbour(all, document.activeElement, event.key);
  if (next) next.focus();
  if (next || letter) {
    event.preventDefault();
    event.stopPropagation();
  }
}

document.addEventListener("pointerdown", (event) => {
  if (open && !open.element.contains(event.target) && !open.anchor.contains(event.target)) closeMenu();
});
window.addEventListener("blur", closeMenu);
window.addEventListener("resize", closeMenu);

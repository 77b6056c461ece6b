/** Tips: a word of help at a thing that is pointed at or has the focus; readers are told it as its description. @module */

import { el } from "./dom.js";
import { place } from "./menu.js";

const WAIT = 450;
const texts = new WeakMap();
const shown = el("div", { class: "tip", popover: "manual", "aria-hidden": "true" });
let timer = 0;
let owner = null;

/**
 * Give an element a tip. Call it again to change the words; an empty text takes it away.
 * @template {HTMLElement} E
 * @param {E} element
 * @param {string} text a sentence or two; what is not in the element's name already.
 * @param {string} key the key that does the same, if one does.
 * @returns {E} the element.
 */
export function tip(element, text, key = "") {
  if (text || key) texts.set(element, { text, key });
  else texts.delete(element);
  element.setAttribute("data-tip", "");
  if (text && text !== element.getAttribute("aria-label")) element.setAttribute("aria-description", text);
  else element.removeAttribute("aria-description");
  if (owner === element) hide();
  return element;
}

function show(element) {
  const words = texts.get(element);
  if (!words || !element.isConnected || element.getAttribute("aria-expanded") === "true") return;
  owner = element;
  shown.replaceChildren(words.text, ...(words.key ? [el("kbd", {}, words.key)] : []));
  (element.closest("dialog") ?? document.body).append(shown);
  shown.showPopover();
  place(shown, element.getBoundingClientRect());
}

function hide() {
  clearTimeout(timer);
  owner = null;
  if (shown.isConnected && shown.matches(":popover-open")) shown.hidePopover();
}

function later(element, wait) {
  clearTimeout(timer);
  timer = setTimeout(() => show(element), owner ? 0 : wait);
}

document.addEventListener("pointerover", (event) => {
  const element = event.target.closest?.("[data-tip]");
  if (element && element !== owner) later(element, WAIT);
});
document.addEventListener("pointerout", (event) => {
  const element = event.target.closest?.("[data-tip]");
  if (element && !element.contains(event.relatedTarget) && !shown.contains(event.relatedTarget)) hide();
});
shown.addEventListener("pointerleave", hide);
document.addEventListener("focusin", (event) => {
  const element = event.target.closest?.("[data-tip]");
  if (element?.matches(":focus-visible") && event.target === element) later(element, WAIT);
});
document.addEventListener("focusout", hide);
document.addEventListener("pointerdown", hide);
document.addEventListener("scroll", hide, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && owner) hide();
}, true);

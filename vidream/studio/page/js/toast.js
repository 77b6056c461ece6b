/** Words that come and go: what was done, what could not be. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";

const SECONDS = { "": 5, good: 4, bad: 10 };
const ICON = { "": "info", good: "check", bad: "error" };
const MOST = 4;

/**
 * Say something for some seconds; what is pointed at stays.
 * @param {string} text
 * @param {""|"good"|"bad"} kind
 */
export function toast(text, kind = "") {
  const place = document.getElementById("toasts");
  for (const each of [...place.children].filter((one) => one.textContent === text)) each.remove();
  const close = el("button", { type: "button", class: "button quiet small icon", "aria-label": "Dismiss", onclick: () => element.remove() }, icon("cancel"));
  const element = el("div", { class: `toast ${kind}` }, icon(ICON[kind] ?? "info"), el("span", {}, text), close);
  while (place.children.length >= MOST) place.firstElementChild.remove();
  place.append(element);
  raise(place);
  const leave = () => {
    if (element.matches(":hover, :focus-within")) setTimeout(leave, 1000);
    else element.remove();
  };
  setTimeout(leave, SECONDS[kind] * 1000);
}

/** Say what is wrong: for `link.act(...).catch(complain)`. @param {Error} error */
export const complain = (error) => toast(error.problem ?? error.message, "bad");

function raise(place) {
  if (place.matches(":popover-open")) place.hidePopover();
  place.showPopover(); // above a dialog that is open
}

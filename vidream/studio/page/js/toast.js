/** Words that come and go: what was done, what could not be. @module */

import { el } from "./dom.js";

const SECONDS = 6;

/**
 * Say something for some seconds.
 * @param {string} text
 * @param {""|"good"|"bad"} kind
 */
export function toast(text, kind = "") {
  const element = el("div", { class: `toast ${kind}` }, text);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), SECONDS * 1000);
}

/** Say what is wrong: for `link.act(...).catch(complain)`. @param {Error} error */
export const complain = (error) => toast(error.problem ?? error.message, "bad");

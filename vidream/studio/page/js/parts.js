/** Parts that rooms are made of: buttons, choices, numbers, progress, and what stands where nothing is yet. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { neighbour } from "./tabs.js";
import { tip } from "./tip.js";
import { toast } from "./toast.js";

/**
 * A button with words.
 * @param {string} label a verb, in sentence case.
 * @param {() => void} act
 * @param {{icon?: string, kind?: string, tip?: string, key?: string}} more kind: classes such as "primary", "quiet small".
 */
export function button(label, act, more = {}) {
  const drawn = more.icon ? icon(more.icon) : null;
  const element = el("button", { type: "button", class: `button ${more.kind ?? ""}`, onclick: act }, drawn, el("span", {}, label));
  return more.tip || more.key ? tip(element, more.tip ?? "", more.key) : element;
}

/**
 * A button that is a picture; its name is its tip, too.
 * @param {string} name one of icons.js.
 * @param {string} label what it does: a verb, in sentence case.
 * @param {() => void} act
 * @param {{kind?: string, key?: string}} more
 */
export function iconButton(name, label, act, more = {}) {
  const element = el("button", { type: "button", class: `button icon ${more.kind ?? "quiet"}`, "aria-label": label, onclick: act }, icon(name));
  return tip(element, label, more.key);
}

/**
 * One of a few.
 * @param {string} label what is chosen.
 * @param {[value: string, words: string][]} options
 * @param {string} value
 * @param {(value: string) => void} chosen
 * @returns {HTMLElement & {value: string}}
 */
export function segmented(label, options, value, chosen) {
  const list = el("div", { class: "segmented", role: "radiogroup", "aria-label": label });
  const choose = (wanted) => {
    for (const each of list.children) {
      each.setAttribute("aria-checked", String(each.dataset.value === wanted));
      each.tabIndex = each.dataset.value === wanted ? 0 : -1;
    }
  };
  const pick = (wanted) => {
    choose(wanted);
    chosen(wanted);
  };
  for (const [each, words] of options) {
    list.append(el("button", { type: "button", role: "radio", "data-value": each, onclick: () => pick(each) }, words));
  }
  list.addEventListener("keydown", (event) => {
    const next = neighbour([...list.children], document.activeElement, event.key);
    if (!next) return;
    event.preventDefault();
    next.focus();
    pick(next.dataset.value);
  });
  Object.defineProperty(list, "value", { get: () => list.querySelector('[aria-checked="true"]')?.dataset.value, set: choose });
  choose(value);
  return list;
}

/**
 * A number: typed, stepped by the arrow keys (Shift: ten at once), or dragged sideways (Shift: finely).
 * @param {{label: string, value: number, low?: number, high?: number, step?: number, digits?: number, oninput?: (value: number) => void,
 *   onchange?: (value: number) => void}} options digits: after the point, at most; oninput: while it moves; onchange: when it has come to rest.
 * @returns {HTMLInputElement}
 */
export function numberField({ label, value, low = -Infinity, high = Infinity, step = 0.01, digits = digitsOf(step), oninput = () => {}, onchange = () => {} }) {
  const field = el("input", { type: "text", inputMode: "decimal", class: "number", role: "spinbutton", "aria-label": label });
  const set = (wanted) => {
    const bounded = Math.min(high, Math.max(low, wanted));
    field.value = String(Number(bounded.toFixed(digits)));
    field.setAttribute("aria-valuenow", field.value);
    return Number(field.value);
  };
  const now = () => Number(field.value.replace(",", "."));
  if (Number.isFinite(low)) field.setAttribute("aria-valuemin", String(low));
  if (Number.isFinite(high)) field.setAttribute("aria-valuemax", String(high));
  set(value);
  let kept = field.value;
  const rest = () => {
    const typed = field.value.trim();
    const wanted = now();
    if (!Number.isFinite(wanted) || !typed) field.value = kept;
    else if (set(wanted) !== Number(kept)) onchange(now());
    kept = field.value;
    const name = label.replace(/, exactly$/, "");
    if (typed && !Number.isFinite(wanted)) toast(`${name}: must be a number, not "${typed}"`, "bad");
    else if (wanted < low || wanted > high) toast(`${name}: must be ${boundsOf(low, high)}; ${typed} is taken as ${kept}`, "bad");
  };
  field.addEventListener("change", rest);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") rest();
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way || !Number.isFinite(now())) return;
    event.preventDefault();
    oninput(set(now() + way * step * (event.shiftKey ? 10 : 1)));
    rest();
  });
  wireDrag(field, (moved, fine) => oninput(set(Number(kept) + moved * step * (fine ? 0.1 : 1))), rest);
  field.set = (wanted) => {
    if (document.activeElement !== field) kept = String(set(wanted));
  };
  return field;
}

function boundsOf(low, high) {
  if (Number.isFinite(low) && Number.isFinite(high)) return `from ${low} to ${high}`;
  return Number.isFinite(low) ? `at least ${low}` : `at most ${high}`;
}

const digitsOf = (step) => Math.max(0, -Math.floor(Math.log10(step)));

function wireDrag(field, move, rest) {
  let from = null;
  let dragged = false;
  field.addEventListener("pointerdown", (event) => {
    if (document.activeElement === field || event.button) return;
    from = event.clientX;
    dragged = false;
    event.preventDefault(); // a click focuses when it ends: a drag never does
    field.setPointerCapture(event.pointerId);
  });
  field.addEventListener("pointermove", (event) => {
    if (from === null) return;
    dragged ||= Math.abs(event.clientX - from) > 3;
    if (dragged) move(Math.round(event.clientX - from), event.shiftKey);
  });
  const end = () => {
    if (from === null) return;
    from = null;
    if (dragged) rest();
    else {
      field.focus();
      field.select();
    }
  };
  field.addEventListener("pointerup", end);
  field.addEventListener("pointercancel", end);
}

/**
 * How far something is.
 * @param {string} label what.
 * @returns {HTMLElement & {show: (share: number|null) => void}} show: 0 to 1; null where that is unknown.
 */
export function progress(label) {
  const bar = el("div", {});
  const element = el("div", { class: "progress", role: "progressbar", "aria-label": label, "aria-valuemin": "0", "aria-valuemax": "100" }, bar);
  element.show = (share) => {
    element.classList.toggle("unknown", share === null);
    if (share === null) element.removeAttribute("aria-valuenow");
    else element.setAttribute("aria-valuenow", String(Math.round(share * 100)));
    bar.style.width = `${(share ?? 0) * 100}%`;
  };
  element.show(0);
  return element;
}

/**
 * What stands where nothing is yet: what would be here, and what to do for it.
 * @param {string} name an icon's.
 * @param {string} title
 * @param {string} text
 * @param {...HTMLElement} actions
 */
export function empty(name, title, text, ...actions) {
  const row = actions.length ? el("div", { class: "row" }, ...actions) : null;
  return el("div", { class: "empty" }, icon(name), el("h3", {}, title), text ? el("p", {}, text) : null, row);
}

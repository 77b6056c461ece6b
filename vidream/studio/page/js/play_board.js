/** The board of a live dream: looks as large buttons, and the knobs that are usually turned. @module */

import { el, refill } from "./dom.js";
import { lookKey } from "./live_keys.js";
import { complain } from "./toast.js";

const HELD = 700;
const FIRST = ["strength", "pulse", "persistence", "step_size", "swell"];

/**
 * Looks as buttons.
 * @param {import("./link.js").Link} link
 * @returns {{element: HTMLElement, show: (live: object, about: string) => void}}
 */
export function looksPanel(link) {
  const element = el("div", { class: "play-looks", role: "group", "aria-label": "Looks" });
  let listed = "";
  let buttons = [];
  const make = (number, name) => {
    const fade = el("span", { class: "play-fade" });
    const made = el(
      "button", { type: "button", class: "play-look", onclick: () => link.act("live", "play", { number }).catch(complain) },
      fade, el("kbd", {}, lookKey(number)), el("span", { class: "play-look-name" }, name), number ? null : el("small", { class: "truncate" }),
    );
    return { made, fade };
  };
  const show = ({ board }, about) => {
    if (!board) return;
    const names = ["Your look", ...board.looks];
    if (names.join("\n") !== listed) {
      listed = names.join("\n");
      buttons = names.map((name, number) => make(number, name));
      refill(element, ...buttons.map(({ made }) => made));
    }
    for (const [number, { made, fade }] of buttons.entries()) {
      const playing = number === board.playing;
      made.setAttribute("aria-pressed", String(playing));
      fade.style.transform = `scaleX(${playing ? board.fading : 0})`;
    }
    const words = buttons[0]?.made.querySelector("small");
    if (words) words.textContent = about;
  };
  return { element, show };
}

/** A knob's name for a person: "step_size" is "Step size", "layer block10" is "block10". */
export function knobName(name) {
  const plain = name.replace(/^layer /, "").replaceAll("_", " ");
  return name.startsWith("layer ") ? plain : plain[0].toUpperCase() + plain.slice(1);
}

/**
 * Sliders for what is usually turned.
 * @param {import("./link.js").Link} link
 * @returns {{element: HTMLElement, show: (live: object) => void}}
 */
export function knobsPanel(link) {
  const element = el("div", { class: "play-knobs" });
  const rows = new Map();
  let order = "";
  const show = ({ board }) => {
    if (!board) return;
    const knobs = [...board.knobs].sort((one, other) => rank(one.name) - rank(other.name));
    for (const knob of knobs) if (!rows.has(knob.name)) rows.set(knob.name, row(link, knob));
    const names = knobs.map(({ name }) => name);
    if (names.join() !== order) {
      order = names.join();
      refill(element, ...names.map((name) => rows.get(name).element));
    }
    for (const knob of knobs) rows.get(knob.name).show(knob);
  };
  return { element, show };
}

const rank = (name) => {
  const at = FIRST.indexOf(name);
  if (at >= 0) return at;
  return name.startsWith("layer ") || name.startsWith("toward ") ? 200 : 100;
};

function row(link, knob) {
  const send = sender(link, knob.name);
  return typeof knob.value === "boolean" ? switchRow(knob, send) : sliderRow(knob, send);
}

function switchRow(knob, send) {
  const box = el("input", { type: "checkbox", class: "switch", onchange: () => send(box.checked) });
  const element = el("label", { class: "play-knob" }, el("span", { class: "play-knob-name truncate" }, knobName(knob.name)), el("span", { class: "spring" }), box);
  const show = ({ value, turned }) => {
    box.checked = value;
    element.classList.toggle("turned", turned);
  };
  return { element, show };
}

function sliderRow(knob, send) {
  let held = 0;
  const value = el("span", { class: "play-knob-value", "aria-hidden": "true" });
  const words = (number) => (knob.whole ? String(Math.round(number)) : number.toFixed(Math.abs(number) < 10 ? 2 : 1));
  const slider = el("input", { type: "range", "aria-label": knobName(knob.name), step: knob.whole ? "1" : "any", min: knob.low, max: knob.high });
  slider.addEventListener("input", () => {
    held = performance.now();
    value.textContent = words(slider.valueAsNumber);
    send(knob.whole ? Math.round(slider.valueAsNumber) : Number(slider.valueAsNumber.toPrecision(4)));
  });
  if (!knob.whole) stepByKeys(slider, (knob.high - knob.low) / 40);
  const element = el("div", { class: "play-knob" }, el("span", { class: "play-knob-name truncate", "aria-hidden": "true" }, knobName(knob.name)), value, slider);
  const show = ({ value: now, low, high, turned }) => {
    element.classList.toggle("turned", turned);
    if (performance.now() - held < HELD) return;
    slider.min = low;
    slider.max = high;
    slider.value = now;
    value.textContent = words(now);
  };
  return { element, show };
}

/** Arrow keys move a slider whose step is "any" by a fortieth. */
function stepByKeys(slider, step) {
  slider.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (!way || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    slider.valueAsNumber += way * step;
    slider.dispatchEvent(new Event("input"));
  });
}

/** Sends the newest value of a knob, one at a time: what comes meanwhile takes the place of what waits. */
function sender(link, knob) {
  let waiting;
  let busy = false;
  return async (value) => {
    waiting = { value };
    if (busy) return;
    busy = true;
    while (waiting) {
      const now = waiting.value;
      waiting = null;
      await link.act("live", "turn", { knob, value: now }).catch(complain);
    }
    busy = false;
  };
}

/** Knobs that are numbers: a slider and a field; or two fields; or the curve that one of them is. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { curveWords } from "./knob_curve.js";
import { isCurve, newGesture } from "./look_model.js";
import { numberField } from "./parts.js";

/** A step of a range that people count in: 0.02 of 0..3. */
export function stepOf([low, high], whole) {
  if (whole) return 1;
  const rough = (high - low) / 150;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((times) => times * power >= rough * 0.999);
}

/**
 * A slider and a field for one number, which say the same; a curve shows as its words.
 * @param {{id: string, label: string, low: number, high: number, usual: [number, number], whole?: boolean}} what
 * @param {(value: number, gesture: string) => void} set called while it moves, and with what it came to.
 * @param {() => void} toCurve a curve was pressed.
 */
export function numberControl(what, set, toCurve) {
  const step = stepOf(what.usual, what.whole);
  let gesture = "";
  const move = (value) => set(value, (gesture ||= newGesture()));
  const rest = (value) => {
    set(value, gesture);
    gesture = "";
  };
  const slider = el("input", { type: "range", id: what.id, "aria-label": what.label, step, min: what.usual[0], max: what.usual[1] });
  const field = numberField({
    label: `${what.label}, exactly`, value: what.usual[0], low: what.low, high: what.high, step, digits: what.whole ? 0 : 6,
    oninput: (value) => {
      slide(value);
      move(value);
    },
    onchange: rest,
  });
  const slide = (value) => {
    slider.min = String(Math.min(what.usual[0], value));
    slider.max = String(Math.max(what.usual[1], value));
    slider.value = String(value);
  };
  slider.addEventListener("input", () => {
    field.set(slider.valueAsNumber);
    move(slider.valueAsNumber);
  });
  slider.addEventListener("change", () => rest(slider.valueAsNumber));
  const words = el("span", { class: "truncate" });
  const curve = el("button", { type: "button", class: "knob-moves", onclick: toCurve }, icon("curve"), words);
  const track = el("div", { class: "knob-track unmarked" }, slider);
  const element = el("div", { class: "knob-number" }, track, field, curve);
  const mark = (value) => {
    const [low, high] = [Number(slider.min), Number(slider.max)];
    track.classList.toggle("unmarked", typeof value !== "number" || value < low || value > high);
    if (typeof value === "number") track.style.setProperty("--at", String((value - low) / (high - low)));
  };
  return {
    element,
    main: slider,
    /** value: a number, a curve, or null; usual: what it is without being set, which is marked. */
    show(value, usual = null) {
      const moves = isCurve(value);
      track.hidden = field.hidden = moves;
      curve.hidden = !moves;
      element.classList.toggle("nothing", value === null || value === undefined);
      if (moves) {
        words.textContent = curveWords(value);
        curve.setAttribute("aria-label", `${what.label} ${words.textContent}: show in the timeline`);
      } else if (!gesture) {
        slide(value ?? what.usual[0]);
        field.set(value ?? what.usual[0]);
        if (value === null || value === undefined) field.value = "";
        mark(usual);
      }
    },
  };
}

/** A knob of one number. */
export function numberKnob(model, knob, id, label) {
  const what = { id, label, low: knob.low, high: knob.high, usual: knob.usual, whole: knob.integer };
  const set = (value, gesture) => model.set(knob.name, value, gesture);
  return numberControl(what, set, () => model.link.emit("curve", knob.name));
}

/** A knob of two numbers, across and down. */
export function pairKnob(model, knob, id, label, curveButton) {
  const axes = ["x", "y"].map((axis, index) => {
    const lane = `${knob.name} ${axis}`;
    const put = (value, gesture) => {
      const parts = [...model.look.values[knob.name]];
      parts[index] = value;
      model.set(knob.name, parts, gesture);
    };
    const what = { id: index ? `${id}-y` : id, label: `${label} ${index ? "down" : "across"}`, low: knob.low, high: knob.high, usual: knob.usual };
    const control = numberControl(what, put, () => model.link.emit("curve", lane));
    const value = () => model.look.values[knob.name]?.[index];
    const curve = curveButton(what.label, () => ({ lane, value: value(), usual: knob.usual, set: (wanted) => put(wanted, "") }));
    const row = el("div", { class: "knob-axis" }, el("span", { class: "knob-axis-name", "aria-hidden": "true" }, index ? "↓" : "→"), control.element, curve.element);
    return { control, curve, row };
  });
  return {
    element: el("div", { class: "knob-pair" }, ...axes.map(({ row }) => row)),
    main: axes[0].control.main,
    show(value, usual) {
      for (const [index, { control, curve }] of axes.entries()) {
        control.show(value?.[index], usual?.[index]);
        curve.show(isCurve(value?.[index]));
      }
    },
  };
}

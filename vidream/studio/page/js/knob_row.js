/** A knob's row: its name, its control, the dot that resets it, the curve that it may be, and what is wrong with it. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { choiceKnob, fileKnob, namesKnob, networkKnob, switchKnob, textKnob } from "./knob_choice.js";
import { openCurveMenu } from "./knob_curve.js";
import { layersKnob } from "./knob_layers.js";
import { numberKnob, pairKnob } from "./knob_number.js";
import { isCurve, labelOf, shortly } from "./look_model.js";
import { tip } from "./tip.js";

const CONTROLS = {
  number: numberKnob, pair: pairKnob, choice: choiceKnob, names: namesKnob, switch: switchKnob, file: fileKnob, network: networkKnob,
  layers: layersKnob, classes: layersKnob,
};
const KIND_CLASS = { layers: "block mixed", classes: "block mixed", pair: "block", names: "block" };

/**
 * The row of a knob.
 * @param {import("./look_model.js").LookModel} model
 * @param {object} knob as the schema has it.
 * @returns {{element: HTMLElement, knob: object, words: string, show: () => void}} words: what a search looks in.
 */
export function knobRow(model, knob) {
  const id = `knob-${knob.name}`;
  const label = labelOf(knob);
  const curveButton = (named, part) => makeCurveButton(model, named, part);
  const control = (CONTROLS[knob.kind] ?? textKnob)(model, knob, id, label, curveButton);
  const moves = knob.kind === "number" && !knob.fixed;
  const reset = () => model.set(knob.name, null);
  const part = () => ({ lane: knob.name, value: model.look.values[knob.name], usual: knob.usual, set: (value) => model.set(knob.name, value) });
  const curve = moves ? curveButton(label, part) : null;
  const dot = tip(el("button", { type: "button", class: "knob-dot", "aria-label": `Reset ${label}`, onclick: reset }), "");
  const problem = el("p", { id: `${id}-problem`, class: "problem knob-problem", hidden: true });
  const name = el("label", { class: "knob-name truncate", for: id }, label);
  const element = el(
    "div",
    { class: `knob ${KIND_CLASS[knob.kind] ?? ""}`, "data-knob": knob.name },
    dot, name, el("div", { class: "knob-control" }, control.element), curve?.element, problem,
  );
  control.main.setAttribute("aria-description", knob.about);
  control.main.setAttribute("aria-errormessage", problem.id);
  if (moves) element.addEventListener("contextmenu", (event) => {
    event.preventDefault();
    const changed = knob.name in model.look.knobs;
    openCurveMenu(curve.element, model, { ...part(), ...(changed ? { reset } : {}) }, { x: event.clientX, y: event.clientY });
  });
  return {
    element,
    knob,
    words: `${label} ${knob.flag} ${knob.about} ${(knob.choices ?? []).join(" ")}`.toLowerCase(),
    show() {
      const value = model.look.values[knob.name];
      const changed = knob.name in model.look.knobs;
      const wrong = model.problem(knob.name);
      control.show(value, changed ? model.look.under[knob.name] : value);
      curve?.show(isCurve(value));
      dot.disabled = !changed;
      element.classList.toggle("changed", changed);
      if (changed) tip(dot, `Back to ${shortly(model.look.under[knob.name])}`);
      tip(name, help(knob, model.look, changed));
      const fresh = wrong && problem.hidden && element.contains(document.activeElement);
      problem.hidden = !wrong;
      problem.textContent = problem.title = wrong;
      control.main.setAttribute("aria-invalid", String(Boolean(wrong)));
      if (fresh) problem.scrollIntoView({ block: "nearest" });
    },
  };
}

function makeCurveButton(model, named, part) {
  const element = el("button", { type: "button", class: "button quiet small icon knob-curve", "aria-label": `Let ${named} move`, "aria-haspopup": "menu", "aria-pressed": "false" }, icon("curve"));
  element.addEventListener("click", () => openCurveMenu(element, model, part()));
  return { element, show: (moving) => element.setAttribute("aria-pressed", String(moving)) };
}

function help(knob, look, changed) {
  const range = "low" in knob ? `${knob.metavar} · ` : "";
  const usual = changed ? look.under[knob.name] : knob.default;
  return `${knob.about}\n${range}${knob.flag}${usual === null || usual === undefined ? "" : ` · ${changed ? "without" : "default"}: ${shortly(usual)}`}`;
}

/** Knobs of several names, each with a weight: the layers that are dreamed with, the classes that are dreamed towards. @module */

import { el, refill } from "./dom.js";
import { iconButton } from "./parts.js";
import { isCurve } from "./look_model.js";
import { numberControl } from "./knob_number.js";
import { openPicker } from "./picker.js";

const USUAL = [0, 2];
const BOUND = 1e6;

/** A name and its weight, of an entry as TOML holds it. */
export function partsOf(entry) {
  if (isCurve(entry)) return { name: entry.name, weight: entry.weight ?? 1 };
  const at = entry.indexOf("=");
  return at < 0 ? { name: entry, weight: 1 } : { name: entry.slice(0, at), weight: Number(entry.slice(at + 1)) };
}

/** An entry as TOML holds it, of a name and its weight. */
export function entryOf({ name, weight }) {
  if (isCurve(weight)) return { name, weight };
  return weight === 1 ? name : `${name}=${weight}`;
}

const listed = (value) => (Array.isArray(value) ? value : value ? [value] : []).map(partsOf);

/** Names with weights, and a button that adds one. */
export function layersKnob(model, knob, id, label, curveButton) {
  const classes = knob.kind === "classes";
  const rows = el("div", { class: "knob-layers" });
  const none = el("span", { class: "faint small knob-none" }, classes ? "nothing" : "the network's own");
  const add = iconButton("add", classes ? "Add a class" : "Add a layer", () => pick(model, knob, add, put), { kind: "quiet small" });
  add.id = id;
  const held = () => listed(model.look.values[knob.name]);
  function put(parts, gesture = "") {
    model.set(knob.name, parts.length ? parts.map(entryOf) : null, gesture);
  }
  let drawn = "";
  let controls = [];
  return {
    element: el("div", { class: "knob-mix" }, el("div", { class: "row" }, none, el("span", { class: "spring" }), add), rows),
    main: add,
    show(value) {
      const parts = listed(value);
      none.hidden = parts.length > 0;
      const key = parts.map(({ name }) => name).join("\n");
      if (key !== drawn) {
        controls = parts.map((part, index) => layerRow(model, knob, `${id}-${index}`, part, index, { held, put, curveButton }));
        refill(rows, ...controls.map(({ element }) => element));
      }
      drawn = key;
      for (const [index, control] of controls.entries()) control.show(parts[index].weight);
    },
  };
}

function layerRow(model, knob, id, { name }, index, { held, put, curveButton }) {
  const lane = `${knob.name} ${name}`;
  const weigh = (weight, gesture = "") => put(held().map((part, at) => (at === index ? { ...part, weight } : part)), gesture);
  const what = { id, label: `Weight of ${name}`, low: -BOUND, high: BOUND, usual: USUAL };
  const control = numberControl(what, weigh, () => model.link.emit("curve", lane));
  const curve = curveButton(what.label, () => ({ lane, value: held()[index]?.weight ?? 1, usual: USUAL, set: (value) => weigh(value) }));
  const drop = iconButton("cancel", `Leave out ${name}`, () => put(held().filter((_, at) => at !== index)), { kind: "quiet small" });
  const element = el("div", { class: "knob-layer" }, el("span", { class: "mono truncate", title: name }, name), control.element, curve.element, drop);
  return {
    element,
    show(weight) {
      control.show(weight, 1);
      curve.show(isCurve(weight));
    },
  };
}

function pick(model, knob, anchor, put) {
  const held = () => listed(model.look.values[knob.name]);
  const choose = (name) => put([...held(), partsOf(name)]);
  if (knob.kind === "classes") {
    const { classes, groups } = model.words;
    const items = [...Object.entries(groups).map(([value, count]) => ({ value, note: `${count} classes` })), ...classes.map((value) => ({ value }))];
    openPicker(anchor, { label: "Classes of ImageNet", placeholder: "dogs, goldfish …", items, pick: choose });
    return;
  }
  const items = model.layers().then((layers) => layers.map(({ name, channels }) => ({ value: name, note: `${channels} channels` })));
  openPicker(anchor, { label: "Layers", placeholder: "block10, block4:7,20-25 …", items, free: true, pick: choose });
}

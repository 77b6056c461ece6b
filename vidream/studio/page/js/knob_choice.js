/** Knobs that are chosen: one of a few, several of a few, on or off, a file, a network, or a short text. @module */

import { el, refill } from "./dom.js";
import { segmented } from "./parts.js";

const FITS = 22; // letters that stand side by side

/** One of a few names: side by side where they are short, else a list. A knob that holds none has "–" for it. */
export function choiceKnob(model, knob, id, label) {
  const may = knob.default === null;
  if (!may && knob.choices.join("").length <= FITS && knob.choices.length <= 4) {
    const list = segmented(label, knob.choices.map((name) => [name, name]), knob.default, (value) => model.set(knob.name, value));
    list.id = id;
    list.classList.add("knob-segments");
    return { element: list, main: list, show: (value) => (list.value = value) };
  }
  return selectKnob(model, knob, id, () => [...(may ? [["", "–"]] : []), ...knob.choices.map((name) => [name, name])]);
}

function selectKnob(model, knob, id, options) {
  const list = el("select", { id, onchange: () => model.set(knob.name, list.value || null) });
  let drawn = "";
  return {
    element: list,
    main: list,
    show(value) {
      const wanted = options();
      if (value && !wanted.some(([each]) => each === value)) wanted.push([value, value]);
      const key = JSON.stringify(wanted);
      if (key !== drawn) refill(list, ...grouped(wanted));
      drawn = key;
      list.value = value ?? "";
    },
  };
}

function grouped(options) {
  const parts = [];
  for (const [value, words, group] of options) {
    const option = el("option", { value }, words);
    if (!group) parts.push(option);
    else if (parts.at(-1)?.label === group) parts.at(-1).append(option);
    else parts.push(el("optgroup", { label: group }, option));
  }
  return parts;
}

/** Several of a few names. */
export function namesKnob(model, knob, id, label) {
  const held = () => {
    const value = model.look.values[knob.name] ?? knob.standing; // those that hold as long as none is chosen
    return Array.isArray(value) ? value : (value ?? "").split(",").filter(Boolean);
  };
  const press = (name) => {
    const names = held().includes(name) ? held().filter((each) => each !== name) : [...held(), name];
    const ordered = knob.choices.filter((each) => names.includes(each));
    model.set(knob.name, ordered.length ? ordered : null);
  };
  const chips = knob.choices.map((name) => el("button", { type: "button", class: "chip", "data-name": name, onclick: () => press(name) }, name));
  const element = el("div", { id, class: "knob-names", role: "group", "aria-label": label }, ...chips);
  return {
    element,
    main: element,
    show: () => chips.forEach((chip) => chip.setAttribute("aria-pressed", String(held().includes(chip.dataset.name)))),
  };
}

/** On or off. */
export function switchKnob(model, knob, id) {
  const box = el("input", { type: "checkbox", class: "switch", role: "switch", id, onchange: () => model.set(knob.name, box.checked) });
  return { element: box, main: box, show: (value) => (box.checked = value === true) };
}

/** A file of the folder, or a word in its place. */
export function fileKnob(model, knob, id) {
  return selectKnob(model, knob, id, () => [
    ["", "–"],
    ...knob.choices.map((word) => [word, word]),
    ...model.files.filter((file) => knob.files.includes(file.kind)).map((file) => [file.name, file.name, "in the folder"]),
  ]);
}

/** The network that dreams. */
export function networkKnob(model, knob, id) {
  const { networks, boxed } = model.words;
  const rest = networks.filter((name) => !boxed.includes(name));
  return selectKnob(model, knob, id, () => [
    ...boxed.map((name) => [name, name, "in the box"]),
    ...rest.map((name) => [name, name, "fetched at first use"]),
  ]);
}

const EXAMPLES = { time: "1:30", length: "10s or 8bars", size: "1280x720", rate: "25", timecode: "01:00:00:00" };

/** A size, a length, a time: a few characters. */
export function textKnob(model, knob, id) {
  const field = el("input", { type: "text", id, placeholder: EXAMPLES[knob.kind] ?? knob.metavar, spellcheck: false, autocomplete: "off" });
  const put = () => {
    const text = field.value.trim();
    if (text !== String(model.look.values[knob.name] ?? "")) model.set(knob.name, text || null);
  };
  field.addEventListener("change", put);
  return {
    element: field,
    main: field,
    show(value) {
      if (document.activeElement !== field && !model.refused.has(knob.name)) field.value = value ?? "";
    },
  };
}

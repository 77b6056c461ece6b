/** Above the gallery: what is dreamed, with weights; a look by chance; a look between two. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { labelOf } from "./gallery_names.js";
import { onKey } from "./keys.js";
import { button, iconButton } from "./parts.js";
import { complain, toast } from "./toast.js";

const SPREAD = 2;

/**
 * The parts above the cells.
 * @param {import("./link.js").Link} link
 * @returns {{element: HTMLElement, use: (cell: object, adds: boolean) => void, look: (told: object) => void, told: (told: object) => void,
 *   used: () => void}} used: set it, to be called when a cell was taken.
 */
export function mountMix(link) {
  const weights = el("div", { class: "gallery-weights" });
  const between = new Between(link);
  const says = el("p", { class: "gallery-says", role: "status" });
  const surprise = async () => {
    try {
      const { title, seed, ...look } = await link.act("gallery", "surprise");
      await link.act("look", "replace", look);
      says.textContent = `${title} · no. ${seed}`;
    } catch (error) {
      complain(error);
    }
  };
  const twoButton = button("Between two", () => between.turn(), { icon: "mix", kind: "small", tip: "A look on the way from one to another." });
  const row = el(
    "div",
    { class: "gallery-offers" },
    button("Surprise me", surprise, { icon: "dice", kind: "small", tip: "A good look by chance. Undo brings this one back.", key: "R" }),
    twoButton,
  );
  onKey("r", "Surprise me with a look", surprise, () => !document.getElementById("work-look").hidden);
  between.changed = () => twoButton.setAttribute("aria-pressed", String(between.open));
  const element = el("div", { class: "gallery-mix" }, row, says, between.element, weights);

  const use = async (cell, adds) => {
    if (cell.problem) return toast(cell.problem, "bad");
    if (between.open) return between.pick(cell);
    try {
      const { preset, knobs, came } = await link.act("gallery", adds ? "add" : "use", { id: cell.id });
      await link.act("look", "replace", { preset, knobs });
      says.textContent = "";
      if (came) toast(came === cell.title ? `${came} added` : `${cell.title.replace(/^looks\/|\.toml$/g, "")} added: ${came}`, "good");
      if (!adds) mix.used();
    } catch (error) {
      complain(error);
    }
  };
  const look = (told) => {
    showWeights(weights, told, link);
  };
  const mix = { element, use, look, told: (told) => between.told(told), used: () => {} };
  return mix;
}

/** The layers and classes of the look, each with its weight; one alone needs none. */
function showWeights(element, told, link) {
  if (element.contains(document.activeElement) && document.activeElement.matches("input")) return;
  const rows = ["layer", "toward"].flatMap((knob) => (told.values?.[knob] ?? []).map((layer, index) => ({ knob, layer, index })));
  element.hidden = rows.length < 2;
  const largest = Math.max(...rows.map(({ layer }) => Math.abs(weightOf(layer) ?? 0)), 1e-6);
  refill(element, ...(rows.length < 2 ? [] : rows.map((row) => weightRow(row, largest, told.values, link))));
}

function weightRow({ knob, layer, index }, largest, values, link) {
  const name = labelOf(layer);
  const weight = weightOf(layer);
  const set = (next, gesture) => {
    const layers = values[knob].map((each, at) => (at === index ? next : each)).filter((each) => each !== null);
    values[knob] = layers.length === values[knob].length ? layers : values[knob];
    return link.act("look", "set", { knob, value: layers.length ? layers : null, gesture }).catch(complain);
  };
  const gesture = `weight ${name} ${Date.now()}`;
  const slider = el("input", { type: "range", min: "0", max: "1", step: "0.005", "aria-label": `Weight of ${name}` });
  const share = (value) => Math.sqrt(Math.max(0, value) / (SPREAD * largest));
  slider.value = String(share(weight ?? 0));
  const figure = el("span", { class: "gallery-figure mono" }, weight === null ? "moves" : short(weight));
  slider.addEventListener("input", () => {
    const value = Number((slider.value ** 2 * SPREAD * largest).toPrecision(3));
    figure.textContent = short(value);
    set(value === 1 ? name : `${name}=${plain(value)}`, gesture);
  });
  return el(
    "div",
    { class: "gallery-weight" },
    el("span", { class: "truncate", title: name }, name),
    weight === null ? icon("curve") : slider,
    figure,
    iconButton("cancel", `Take ${name} away`, () => set(null), { kind: "quiet small" }),
  );
}

/** A layer's weight; null where it moves. */
function weightOf(layer) {
  const weight = typeof layer === "string" ? layer.split("=")[1] ?? 1 : layer.weight;
  return Number.isFinite(Number(weight)) ? Number(weight) : null;
}

const plain = (value) => (Math.abs(value) < 1e-6 ? "0" : value.toFixed(9).replace(/\.?0+$/, ""));
const short = (value) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2))));

/** Two looks and a slider from one to the other. */
class Between {
  constructor(link) {
    this.link = link;
    this.open = false;
    this.changed = () => {};
    this.end = "other";
    this.pair = {};
    this.busy = false;
    this.slider = el("input", { type: "range", min: "0", max: "1", step: "0.01", value: "0.5", "aria-label": "How far from the first look to the second" });
    this.slots = { one: this.slot("one", "The first look"), other: this.slot("other", "The second look") };
    this.note = el("p", { class: "gallery-note" });
    this.element = el(
      "div", { class: "gallery-between", hidden: true },
      el("div", { class: "row" }, this.slots.one, this.slider, this.slots.other), this.note,
    );
    this.slider.addEventListener("pointerdown", () => this.begin());
    this.slider.addEventListener("keydown", () => this.begin(1500));
    this.slider.addEventListener("input", () => this.move());
    this.gesture = "";
  }

  slot(end, label) {
    const choose = () => {
      this.end = end;
      this.draw();
    };
    return el("button", { type: "button", class: "card gallery-slot", "aria-label": label, onclick: choose });
  }

  /** Open it with the look as it is now, or close it. */
  async turn() {
    this.open = !this.open;
    this.element.hidden = !this.open;
    this.changed();
    if (!this.open) return;
    this.end = "other";
    await this.choose({ one: "", other: null });
  }

  /** A cell becomes one of the two. */
  async pick(cell) {
    await this.choose({ [this.end]: cell.id });
    if (!this.pair.one || !this.pair.other) return;
    this.begin();
    this.move();
  }

  async choose(ends) {
    try {
      this.pair = await this.link.act("gallery", "pair", ends);
    } catch (error) {
      complain(error);
    }
    this.draw();
  }

  begin(wait = 0) {
    if (wait && Date.now() - this.began < wait) return;
    this.began = Date.now();
    this.gesture = `between ${this.began}`;
  }

  /** Show what lies there; while one is made, only the newest waits. */
  async move() {
    this.wanted = Number(this.slider.value);
    if (this.busy || !this.pair.other) return;
    this.busy = true;
    try {
      while (this.wanted !== null) {
        const share = this.wanted;
        this.wanted = null;
        const { jumps, ...look } = await this.link.act("gallery", "between", { share });
        this.jumps = jumps;
        this.say();
        await this.link.act("look", "replace", { ...look, gesture: this.gesture });
      }
    } catch (error) {
      complain(error);
    } finally {
      this.busy = false;
    }
  }

  draw() {
    for (const [end, slot] of Object.entries(this.slots)) {
      const { title, still } = this.pair[end] ?? {};
      const shown = still ? el("img", { src: `/gallery/kept/${still}`, alt: "" }) : icon(title ? "picture" : "add");
      refill(slot, shown, el("span", { class: "truncate" }, title ? title.replace(/^looks\/|\.toml$/g, "") : "choose"));
      slot.setAttribute("aria-pressed", String(this.end === end));
    }
    this.slider.disabled = !this.pair.other;
    this.say();
  }

  say() {
    const ready = this.jumps ? "Two networks: what is dreamed changes half-way." : "Click a look to change the marked end.";
    this.note.textContent = this.pair.other ? ready : "Now click a second look below.";
  }

  /** Show the two as the server knows them: their pictures come later. */
  told(told) {
    if (!this.open || JSON.stringify(told.pair) === JSON.stringify(this.pair)) return;
    this.pair = told.pair;
    this.draw();
  }
}

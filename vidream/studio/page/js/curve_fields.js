/** The fields of the chosen lane: which curve it is, and what that has; any curve as TOML. @module */

import { el, refill } from "./dom.js";
import { EASES, plain, readTime, written } from "./curve_clock.js";
import { inUnit, newCurve, placeKey, readKeys, within, writeKeys } from "./curve_model.js";
import { openMenu } from "./menu.js";
import { iconButton, numberField, segmented } from "./parts.js";
import { tip } from "./tip.js";

const SHAPES = [["keys", "Keys"], ["follow", "Follow"], ["sine", "Sine"], ["cycle", "Cycle"]];
const EASE_WORDS = { linear: "Straight", in: "Slow start", out: "Slow end", "in-out": "Smooth", hold: "Hold" };
const CUES = {
  beats: "beats", bars: "bars", sections: "sections", onset: "onsets", loudness: "loudness", low: "low: bass, kick", mid: "mid: voices",
  high: "high: hats", percussive: "percussive: drums", harmonic: "harmonic: chords",
};

/** The panel beside the tracks. */
export class Fields {
  /**
   * @param {import("./curve_desk.js").Desk} desk
   * @param {(id: string) => import("./curve_lane.js").Lane} laneOf
   */
  constructor(desk, laneOf) {
    this.desk = desk;
    this.laneOf = laneOf;
    this.body = el("div", { class: "curve-fields" });
    this.element = el("aside", { class: "curve-panel", "aria-label": "Curve" }, this.body);
    this.made = "";
    desk.on("chosen", () => this.make());
    desk.on("lanes", () => this.make());
    desk.on("refused", (problem) => this.refused(problem));
    desk.on("keys", (id) => id === this.desk.chosen && this.make(true));
  }

  /** Show the chosen lane's fields; while somebody types in one, it is left. */
  make(keys = false) {
    const lane = this.desk.lane(this.desk.chosen);
    this.element.hidden = !lane?.shape;
    if (!lane?.shape) return;
    const chosen = [...(this.laneOf(lane.id)?.keys.chosen ?? [])];
    const made = JSON.stringify([lane.id, lane.value, chosen, this.desk.told.heard]);
    if (made === this.made) return;
    if (!keys && this.body.contains(document.activeElement) && made.startsWith(`["${lane.id}"`) && this.typing()) return;
    this.made = made;
    const focused = this.body.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") : null;
    refill(this.body, this.top(lane), ...this.rows(lane, chosen), this.text(lane));
    if (focused) this.body.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
  }

  /** What was typed is refused: show what is so, and why. */
  refused(problem) {
    this.made = "";
    this.make(true);
    this.body.firstElementChild?.after(el("p", { class: "problem", role: "alert" }, problem));
  }

  typing() {
    return document.activeElement.matches("textarea, input");
  }

  top(lane) {
    const shapes = segmented("Shape", SHAPES, lane.shape, (shape) => this.reshape(lane, shape));
    const remove = iconButton("trash", `Take the curve of ${lane.label} away`, () => this.still(lane), { kind: "quiet small" });
    return el("div", { class: "curve-top" }, shapes, remove);
  }

  /** Make it a number again: what it is at the moment. */
  still(lane) {
    this.desk.edit(lane, within(this.desk.valueAt(lane, this.desk.second) ?? this.number(lane), lane));
  }

  number(lane) {
    const { value } = lane;
    return value.base ?? value.sine?.[0] ?? value.cycle?.[0] ?? value.keys?.[0][1] ?? Math.max(lane.low, Math.min(lane.high, 1));
  }

  reshape(lane, shape) {
    const value = within(this.desk.valueAt(lane, this.desk.second) ?? this.number(lane), lane);
    this.desk.edit(lane, newCurve(shape, lane, value, this.desk.about()));
  }

  rows(lane, chosen) {
    const shape = { keys: this.keyRows, sine: this.sineRows, cycle: this.cycleRows, follow: this.followRows }[lane.shape];
    return shape ? shape.call(this, lane, chosen) : [el("p", { class: "soft small" }, "This curve is made of others; it is drawn here, and edited as text.")];
  }

  // --- keys

  keyRows(lane, chosen) {
    const { clock } = this.desk;
    const curve = this.laneOf(lane.id)?.curve ?? readKeys(lane.value, clock);
    const eases = Object.keys(EASES).map((name) => [name, EASE_WORDS[name]]);
    const units = [["seconds", "Seconds"], ["frames", "Frames"], ...(this.desk.musical ? [["beats", "Beats"]] : [])];
    const write = (changed) => this.desk.edit(lane, writeKeys({ ...curve, ...changed }, clock));
    const rows = [
      this.row("Between keys", this.select("Between keys", eases, curve.ease, (ease) => write({ ease }))),
      this.row("Times in", this.select("Times in", units, curve.unit, (unit) => this.desk.edit(lane, writeKeys(inUnit(curve, unit, clock), clock)))),
    ];
    if (!chosen.length) return [...rows, el("p", { class: "faint small" }, "Click in the lane to add a key; drag keys; Alt lets them off beats and frames.")];
    const key = curve.keys[chosen[0]];
    const value = this.numberIn(lane, "Value", key.value, (now) => {
      for (const index of chosen) curve.keys[index].value = now;
      write({});
    });
    if (chosen.length > 1) return [...rows, this.row(`${chosen.length} keys`, value)];
    const time = this.timeField("Time", key.marker ?? key.raw ?? written(clock.rounded(key.second, curve.unit), curve.unit), (read) => {
      if (read.marker) Object.assign(key, { marker: read.marker, raw: read.marker });
      else placeKey(key, clock.second(read.place, read.unit));
      write({});
    });
    return [...rows, this.row(`Key ${chosen[0] + 1}`, time, value)];
  }

  // --- the others

  sineRows(lane) {
    const { value } = lane;
    const set = (changes, gesture) => this.desk.edit(lane, { ...value, ...changes }, gesture);
    const [mean, amplitude] = value.sine;
    return [
      this.row("Mean", this.numberIn(lane, "Mean", mean, (now, gesture) => set({ sine: [now, amplitude] }, gesture))),
      this.row("Swing", this.numberIn(lane, "Swing", amplitude, (now, gesture) => set({ sine: [mean, now] }, gesture), false)),
      this.row("Period", this.timeField("Period", value.period, (_, raw) => set({ period: raw }))),
      this.row("Phase", this.plainNumber("Phase", value.phase ?? 0, 0.01, (now, gesture) => set({ phase: now }, gesture))),
    ];
  }

  cycleRows(lane) {
    const { value } = lane;
    const set = (changes) => this.desk.edit(lane, { ...value, ...changes });
    const values = this.textField("Values", value.cycle.map(plain).join(", "), (text) => {
      const numbers = text.split(/[,\s]+/).filter(Boolean).map(Number);
      if (!numbers.length || numbers.some((each) => !Number.isFinite(each))) return false;
      set({ cycle: numbers });
      return true;
    });
    const marks = this.desk.musical ? this.desk.told.words.marks : [];
    const every = this.timeField("Every", value.every, (_, raw) => set({ every: raw }), marks);
    return [
      this.row("Values", values),
      this.row("Every", every, marks.length ? this.pick("Beats, bars or sections", marks, (name) => set({ every: name })) : null),
      this.row("Fade", this.timeField("Fade", value.fade ?? 0, (_, raw) => set({ fade: raw }))),
    ];
  }

  followRows(lane) {
    const { value } = lane;
    const set = (changes, gesture) => this.desk.edit(lane, without({ ...value, ...changes }), gesture);
    const cues = this.desk.told.words.follow.map((name) => [name, CUES[name] ?? name]);
    if (!cues.some(([name]) => name === value.follow)) cues.unshift([value.follow, value.follow]);
    const seconds = (name, label) => this.row(label, this.timeField(label, value[name] ?? "", (_, raw) => set({ [name]: raw }), ["", "auto"], "auto"));
    return [
      this.row("What", this.select("What it follows", cues, value.follow, (follow) => set({ follow }))),
      value.of || !this.desk.musical ? this.row("Of", this.ofField(value, set)) : null,
      this.row("Base", this.numberIn(lane, "Base", value.base ?? 0, (base, gesture) => set({ base }, gesture))),
      this.row("Amount", this.numberIn(lane, "Amount", value.amount ?? 1, (amount, gesture) => set({ amount }, gesture), false)),
      seconds("attack", "Attack"),
      seconds("release", "Release"),
    ].filter(Boolean);
  }

  ofField(value, set) {
    const sounds = this.desk.sounds();
    if (value.of && !sounds.includes(value.of)) sounds.unshift(value.of);
    const options = sounds.map((name) => [name, name]);
    if (this.desk.musical) options.unshift(["", "the song"]);
    return this.select("Of which sound", options, value.of ?? "", (of) => set({ of: of || undefined }));
  }

  // --- any curve

  text(lane) {
    const problem = el("p", { class: "problem", role: "alert" });
    const area = el("textarea", { rows: 3, spellcheck: false, "aria-label": `The curve of ${lane.label} as TOML`, value: "" });
    area.value = lane.text ?? "";
    this.desk.toml(lane).then((text) => text !== null && document.activeElement !== area && (area.value = text));
    const apply = async () => {
      if (area.value === lane.text) return;
      try {
        const { value } = await this.desk.link.act("timeline", "read", { text: area.value });
        refill(problem);
        await this.desk.edit(lane, value);
      } catch (error) {
        refill(problem, error.problem);
      }
    };
    area.addEventListener("change", apply);
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) {
        event.preventDefault();
        apply();
      }
    });
    const details = el("details", { class: "curve-text", open: lane.shape === "text" || this.opened }, el("summary", {}, "As text"), area, problem);
    details.addEventListener("toggle", () => (this.opened = details.open && lane.shape !== "text"));
    return details;
  }

  // --- fields

  row(label, ...fields) {
    return el("div", { class: "curve-row" }, el("span", { class: "curve-label" }, label), ...fields.filter(Boolean));
  }

  select(label, options, value, chosen) {
    const list = el("select", { "aria-label": label, onchange: () => chosen(list.value) }, ...options.map(([each, words]) => el("option", { value: each }, words)));
    list.value = value;
    return list;
  }

  pick(label, names, chosen) {
    const open = () => openMenu(list, names.map((name) => ({ label: name, act: () => chosen(name) })));
    const list = iconButton("down", label, open, { kind: "quiet small" });
    return list;
  }

  numberIn(lane, label, value, changed, bounded = true) {
    const wide = lane.high - lane.low;
    const [low, high] = bounded ? [lane.low, lane.high] : [-wide, wide];
    return this.plainNumber(label, value, lane.whole ? 1 : wide > 1.5 && wide < 1e5 ? 0.01 : 0.005, changed, low, high);
  }

  plainNumber(label, value, step, changed, low = -1e6, high = 1e6) {
    const gesture = crypto.randomUUID();
    const moved = (now) => changed(now, gesture);
    return numberField({ label, value, low, high, step, oninput: moved, onchange: moved });
  }

  textField(label, text, read) {
    const field = el("input", { type: "text", class: "curve-time", "aria-label": label, value: text });
    field.addEventListener("change", () => field.setAttribute("aria-invalid", String(!read(field.value.trim()))));
    return field;
  }

  /** A time as curves write it: 24, "2s", "4b"; a word where one may stand, and a text for none. */
  timeField(label, raw, changed, words = [], nothing = "") {
    const field = this.textField(label, String(raw === "" ? nothing : raw), (text) => {
      if (words.includes(text)) {
        changed(null, text === "" || text === nothing ? undefined : text);
        return true;
      }
      const read = readTime(/^[\d.]+$/.test(text) ? Number(text) : text);
      if (!read || read.unit === "beats" && !this.desk.musical) return false;
      changed(read, read.marker ?? written(read.place, read.unit));
      return true;
    });
    return tip(field, `${this.desk.musical ? "2s: seconds, 4b: beats" : "2s: seconds"}, 24: frames${words.filter(Boolean).map((word) => `, ${word}`).join("")}`);
  }
}

function without(table) {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
}

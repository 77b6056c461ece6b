/** A lane of the timeline: what one number does over the film, drawn; its keys are edited by curve_keys. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { clean, colour, faint, grid, line, pointsOf } from "./curve_draw.js";
import { Keys } from "./curve_keys.js";
import { keysAt, readKeys, shown, usual } from "./curve_model.js";
import { tip } from "./tip.js";

const EDGE = 10; // px above and below what is drawn

/** How a curve is told of in a few words. */
export function inWords(lane) {
  const { value, shape } = lane;
  if (shape === "keys") return `${value.keys.length} ${value.keys.length === 1 ? "key" : "keys"}`;
  if (shape === "follow") return `follows ${value.follow}`;
  if (shape === "cycle") return `cycle, ${value.every}`;
  return shape === "sine" ? `sine, ${value.period}` : "curve";
}

/** A lane. */
export class Lane {
  /**
   * @param {import("./curve_desk.js").Desk} desk
   * @param {object} lane
   * @param {boolean} ghost whether it is no curve of the look's, but moved by the pulse alone.
   */
  constructor(desk, lane, ghost = false) {
    this.desk = desk;
    this.ghost = ghost;
    this.height = 60;
    this.canvas = el("canvas", { class: "lane-canvas", "aria-hidden": "true" });
    this.readout = el("div", { class: "lane-readout", hidden: true });
    this.layer = el("div", { class: "lane-keys" });
    this.track = el("div", { class: "lane-track" }, this.canvas, this.layer, this.readout);
    this.now = el("span", { class: "lane-now mono" });
    this.words = el("span", { class: "lane-words truncate" });
    this.title = el("span", { class: "lane-title truncate" });
    this.most = el("span", { class: "lane-end high", "aria-hidden": "true" });
    this.least = el("span", { class: "lane-end low", "aria-hidden": "true" });
    this.head = el(
      "button", { type: "button", class: "lane-head", onclick: () => desk.choose(this.id) },
      el("span", { class: "lane-row" }, this.title, this.now), this.words, this.most, this.least,
    );
    this.element = el("div", { class: `lane ${ghost ? "ghost" : ""}`, role: "group" }, this.head, this.track);
    this.keys = new Keys(this);
    this.take(lane);
    this.track.addEventListener("pointermove", (event) => this.point(event));
    this.track.addEventListener("pointerleave", () => (this.readout.hidden = true));
  }

  get id() {
    return this.lane.id;
  }

  /** Be of another state of the same lane. */
  take(lane) {
    const first = !this.lane;
    if (!first && this.taken === (this.taken = JSON.stringify([lane.value, this.desk.version]))) return false;
    this.lane = lane;
    if (first) {
      this.title.textContent = lane.label;
      this.element.setAttribute("aria-label", lane.label);
      tip(this.head, `${lane.about}\n${this.ghost ? "Moved by the pulse; what the look says is in Knobs." : ""}`.trim());
    }
    this.curve = lane.shape === "keys" ? readKeys(lane.value, this.desk.clock) : null;
    refill(this.words, this.ghost ? "by the pulse" : inWords(lane), el("span", { class: "lane-pulsed" }, " · pulsed"));
    this.keys.take();
    return true;
  }

  /** Values that it comes to, as far as they are known. */
  span() {
    if (this.frozen) return this.frozen;
    const { lane } = this;
    const values = typeof lane.value === "number" ? [lane.value] : [];
    if (this.curve) values.push(...this.curve.keys.map((key) => key.value));
    const sample = this.desk.reckoned(lane) || this.ghost ? this.desk.sample(lane) : null;
    for (const each of [sample?.own, sample?.film]) {
      if (each) values.push(each.lows.reduce((a, b) => Math.min(a, b)), each.highs.reduce((a, b) => Math.max(a, b)));
    }
    return usual(lane, ...(values.length ? values : [lane.low, lane.high].map((end) => Math.min(4, Math.max(-4, end)))));
  }

  /** A value as a place, px from the lane's top. */
  y(value) {
    const [low, high] = this.ends;
    return EDGE + ((high - value) / (high - low || 1)) * (this.height - 2 * EDGE);
  }

  /** The value at a place. */
  value(y) {
    const [low, high] = this.ends;
    return high - ((y - EDGE) / (this.height - 2 * EDGE)) * (high - low);
  }

  /** Draw it anew, at a height. */
  draw(height = this.height) {
    this.height = height;
    this.ends = this.span();
    const { view } = this.desk;
    const context = clean(this.canvas, view.width, height);
    this.canvas.style.height = `${height}px`;
    this.element.style.height = `${height}px`;
    grid(context, this.desk, height);
    this.level(context);
    const sample = this.desk.reckoned(this.lane) || this.ghost ? this.desk.sample(this.lane) : null;
    this.element.classList.toggle("pulsed", Boolean(sample?.film) && !this.ghost);
    if (sample?.film) this.drawSampled(context, sample.film, { stroke: faint("info", 0.8), width: 1.25 });
    const fill = faint("accent", 0.12);
    const chosen = this.desk.chosen === this.id;
    const drawn = { stroke: chosen ? colour("accent") : faint("accent", 0.85), fill, bottom: this.y(this.bottom()) };
    if (this.curve) line(context, this.points(), drawn);
    else if (sample?.own) this.drawSampled(context, sample.own, drawn);
    else if (!this.ghost) this.wait(context, sample);
    const [low, high] = this.ends;
    this.most.textContent = shown(high, high - low);
    this.least.textContent = shown(low, high - low);
    this.keys.place();
    this.say();
  }

  /** A line across where nothing is done: 0, or the end nearest to it. */
  level(context) {
    const y = Math.round(this.y(this.bottom())) + 0.5;
    context.fillStyle = colour("line");
    context.fillRect(0, y - 0.5, this.desk.view.width, 1);
  }

  bottom() {
    const [low, high] = this.ends;
    return Math.min(Math.max(0, low), high);
  }

  drawSampled(context, sampled, options) {
    line(context, pointsOf(sampled, this.desk, (value) => this.y(value)), options);
  }

  /** The line of keys: at each px what it is there. */
  points() {
    const { view, clock } = this.desk;
    const { keys, ease } = this.curve;
    const corners = keys.flatMap((key) => (ease === "hold" ? [key.second - 1e-6, key.second] : [key.second]));
    const seconds = [];
    for (let x = 0; x <= view.width; x += 2) seconds.push(view.second(x));
    seconds.push(...corners.filter((second) => second > view.from && second < view.to));
    seconds.sort((a, b) => a - b);
    return seconds.map((second) => [view.x(second), this.y(keysAt(this.curve, second, clock))]);
  }

  wait(context, sample) {
    context.font = `12px ${colour("font")}`;
    context.fillStyle = colour(sample?.problem ? "bad" : "ink-faint");
    context.textBaseline = "middle";
    let text = sample?.problem ?? "";
    if (!sample?.problem && sample?.listening) text = "it is drawn as soon as the sound has been listened to";
    context.fillText(text, 44, this.height / 2);
  }

  /** What it is at the moment that is looked at. */
  say() {
    const value = this.ghost ? null : this.desk.valueAt(this.lane, this.desk.second);
    this.now.textContent = value === null ? "" : shown(value, this.ends[1] - this.ends[0]);
  }

  /** Say what lies under the pointer. */
  point(event) {
    if (this.keys.busy) return;
    const x = event.clientX - this.track.getBoundingClientRect().left;
    const second = this.desk.view.second(x);
    const value = this.ghost ? null : this.desk.valueAt(this.lane, second);
    this.show(x, this.y(value ?? this.ends[0]), second, value);
  }

  show(x, y, second, value) {
    const { clock, view } = this.desk;
    const place = clock.barsBeats(second);
    const words = [value === null ? "" : shown(value, this.ends[1] - this.ends[0]), clock.words(second), place].filter(Boolean);
    this.readout.textContent = words.join("  ·  ");
    this.readout.hidden = false;
    const right = x > view.width - 150;
    this.readout.style.transform = `translate(${Math.round(x)}px, ${Math.round(Math.max(2, Math.min(this.height - 20, y - 26)))}px) translateX(${right ? "calc(-100% - 8px)" : "10px"})`;
  }

  /** Show which of them it is whose fields are seen. */
  mark() {
    this.element.classList.toggle("chosen", this.desk.chosen === this.id);
    this.head.setAttribute("aria-pressed", String(this.desk.chosen === this.id));
  }
}

/** The picture of a curve, by its shape. */
export const pictureOf = (shape) => icon(shape === "follow" ? "sound" : shape === "cycle" ? "loop" : "curve");

/** The bar under the canvas: play, the film's length to scrub through, and how the picture is seen. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { iconButton } from "./parts.js";

const EVERY = 60; // ms between two moments that are asked for while one scrubs
const SETTLE = 350; // ms after which a moment that keys have stepped to is the look's

/** Seconds as people write them. */
export function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, "0")}`;
}

export class Bar {
  /**
   * @param {{play: () => void, scrub: (second: number) => Promise, settle: (second: number) => void, split: () => void, fit: () => void, full: () => void}} acts
   */
  constructor(acts) {
    this.acts = acts;
    this.facts = { seconds: 0, fps: 0, start: 0 };
    this.frame = 0;
    this.isHeld = false;
    this.play = iconButton("play", "Play three seconds", acts.play, { key: "Space" });
    this.range = el("input", { type: "range", min: 0, max: 0, step: 1, value: 0, class: "canvas-scrub", "aria-label": "Moment" });
    this.time = el("output", { class: "canvas-time mono" });
    this.split = iconButton("split", "Compare before and after", acts.split, { key: "S" });
    this.zoom = el("button", { type: "button", class: "button quiet small canvas-zoom", "aria-label": "Zoom", onclick: acts.full }, "100 %");
    const fit = iconButton("fit", "Fit into the window", acts.fit, { key: "0" });
    this.film = el("div", { class: "row spring" }, this.play, this.range, this.time);
    this.element = el("div", { class: "canvas-bar row" }, this.film, el("span", { class: "spring" }), this.split, fit, this.zoom);
    this.range.addEventListener("input", () => this.move(Number(this.range.value)));
    this.range.addEventListener("change", () => this.settle());
    this.range.addEventListener("pointerdown", () => (this.isHeld = true));
    this.range.addEventListener("pointerup", () => (this.isHeld = false));
    this.tell();
  }

  /** The second of the frame's middle: a frame's own, whatever is rounded. */
  get second() {
    return this.facts.fps ? (this.frame + 0.5) / this.facts.fps : 0;
  }

  get frames() {
    return Math.max(0, Math.round(this.facts.seconds * this.facts.fps));
  }

  /** What there is to scrub through. @param {{seconds: number, fps: number, start: number}} facts */
  know(facts) {
    this.facts = facts;
    this.range.max = String(Math.max(0, this.frames - 1));
    this.tell();
  }

  /** Show a moment that somebody else has chosen. @param {number} second */
  follow(second) {
    if (this.isHeld || this.settling || !this.facts.fps) return;
    this.frame = Math.min(Math.max(0, this.frames - 1), Math.floor(second * this.facts.fps + 1e-6));
    this.tell();
  }

  /** Go on or back by frames. @param {number} frames */
  step(frames) {
    this.move(this.frame + frames);
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.settle(), SETTLE);
  }

  move(frame) {
    this.frame = Math.min(Math.max(0, this.frames - 1), Math.max(0, frame));
    this.tell();
    this.wanted = this.second;
    if (!this.asking) this.ask();
  }

  async ask() {
    this.asking = true;
    while (this.wanted !== null) {
      const second = this.wanted;
      this.wanted = null;
      await Promise.all([this.acts.scrub(second), new Promise((done) => setTimeout(done, EVERY))]);
    }
    this.asking = false;
  }

  settle() {
    clearTimeout(this.settling);
    this.settling = 0;
    this.isHeld = false;
    this.acts.settle(this.second);
  }

  tell() {
    this.film.classList.toggle("none", !this.facts.fps);
    this.film.inert = !this.facts.fps;
    this.range.value = String(this.frame);
    const now = this.facts.fps ? this.frame / this.facts.fps : 0;
    refill(this.time, `${clock(now)} / ${clock(this.facts.seconds)}`);
    this.range.setAttribute("aria-valuetext", `${now.toFixed(2)} seconds`);
  }

  /** @param {boolean} playing */
  tellPlaying(playing) {
    refill(this.play, icon(playing ? "stop" : "play"));
    this.play.setAttribute("aria-label", playing ? "Stop" : "Play three seconds");
    this.play.setAttribute("aria-pressed", String(playing));
  }

  /** @param {{split: boolean, zoom: number}} seen */
  tellView({ split, zoom }) {
    this.split.setAttribute("aria-pressed", String(split));
    this.zoom.textContent = `${Math.round(zoom * 100)} %`;
  }
}

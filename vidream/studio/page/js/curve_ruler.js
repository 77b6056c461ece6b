/** The ruler and the sound of the timeline: times, bars, sections, cuts, the waveform; a click goes there. @module */

import { el } from "./dom.js";
import { apart, clean, colour, faint, rulerStep, uprights } from "./curve_draw.js";

const RULER = 20; // px
const WAVE = 38; // px

/** The head of the timeline's tracks. */
export class Ruler {
  /** @param {import("./curve_desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.peaks = new Map();
    this.canvas = el("canvas", { class: "ruler-canvas" });
    this.slider = el("div", {
      class: "ruler-track", role: "slider", tabIndex: 0, "aria-label": "Moment of the film", "aria-valuemin": 0,
      onpointerdown: (event) => this.press(event), onkeydown: (event) => this.key(event),
    }, this.canvas);
    this.element = this.slider;
    desk.on("moment", () => this.speak());
  }

  get height() {
    return this.desk.told?.film?.sound ? RULER + WAVE : RULER;
  }

  press(event) {
    if (event.button !== 0) return;
    this.slider.setPointerCapture(event.pointerId);
    const go = ({ clientX }) => this.desk.goTo(this.desk.view.second(clientX - this.slider.getBoundingClientRect().left));
    go(event);
    const end = () => this.slider.removeEventListener("pointermove", go);
    this.slider.addEventListener("pointermove", go);
    this.slider.addEventListener("lostpointercapture", end, { once: true });
  }

  key(event) {
    const { clock, second } = this.desk;
    const beat = (by) => clock.secondOfBeat(Math.round(clock.beat(second) + by));
    const step = (by) => (event.shiftKey ? (this.desk.music ? beat(by) : second + by) : second + by / clock.fps);
    const to = { ArrowLeft: step(-1), ArrowRight: step(1), Home: 0, End: clock.last }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.desk.goTo(to);
    this.desk.view.reveal(to);
  }

  speak() {
    const { clock, second } = this.desk;
    this.slider.setAttribute("aria-valuemax", clock.last.toFixed(2));
    this.slider.setAttribute("aria-valuenow", second.toFixed(2));
    this.slider.setAttribute("aria-valuetext", clock.spoken(second));
  }

  draw() {
    const { desk } = this;
    const { view } = desk;
    const context = clean(this.canvas, view.width, this.height);
    this.canvas.style.height = `${this.height}px`;
    context.font = `10px ${colour("font")}`;
    if (desk.told?.film?.sound) this.drawSound(context);
    this.drawTimes(context);
    uprights(context, view, desk.cuts, RULER - 6, this.height, faint("info", 0.9), [3, 2]);
  }

  drawTimes(context) {
    const { view, clock, music } = this.desk;
    const step = rulerStep(view, clock.fps, 64);
    context.fillStyle = colour("ink-faint");
    context.textBaseline = "middle";
    for (let index = Math.floor(view.from / step); index * step <= view.to; index += 1) {
      const x = Math.round(view.x(index * step)) + 0.5;
      context.fillRect(x - 0.5, RULER - 5, 1, 5);
      const text = words(index * step, step, clock);
      if (x + 3 + context.measureText(text).width < view.width) context.fillText(text, x + 3, RULER / 2 - 1);
    }
    if (!music?.bars.length) return;
    const room = 46 * view.perPixel;
    let last = -Infinity;
    for (const [index, second] of music.bars.entries()) {
      if (second < view.from - room || second > view.to || second - last < room) continue;
      last = second;
      const text = String(index + 1);
      context.fillStyle = faint("ground", 0.7);
      context.fillRect(view.x(second) + 1, RULER + 1, context.measureText(text).width + 4, 11);
      context.fillStyle = colour("accent");
      context.fillText(text, view.x(second) + 3, RULER + 7);
    }
  }

  drawSound(context) {
    const { view, music } = this.desk;
    const [top, middle] = [RULER, RULER + WAVE / 2];
    if (music) this.drawSections(context, top);
    const wave = this.wave();
    if (wave) {
      context.fillStyle = faint("ink-soft", 0.75);
      for (let x = 0; x < view.width; x += 1) {
        const [low, high] = range(wave, view.second(x), view.second(x + 1));
        const [up, down] = [(high / wave.most) * (WAVE / 2 - 3), (low / wave.most) * (WAVE / 2 - 3)];
        context.fillRect(x, middle - up, 1, Math.max(1, up - down));
      }
    }
    if (!music) return;
    if (apart(view, music.beats, 7)) uprights(context, view, music.beats, top + WAVE - 6, top + WAVE, faint("accent", 0.75));
    if (apart(view, music.bars, 10)) uprights(context, view, music.bars, top, top + WAVE, faint("accent", 0.4));
  }

  drawSections(context, top) {
    const { view, music, clock } = this.desk;
    for (const [index, second] of music.sections.entries()) {
      const end = music.sections[index + 1] ?? clock.seconds;
      context.fillStyle = index % 2 ? faint("accent", 0.09) : faint("info", 0.07);
      context.fillRect(view.x(second), top, view.x(end) - view.x(second), WAVE);
    }
  }

  /** The peaks that are as fine as the page can show, once they are here. */
  wave() {
    const told = this.desk.told.wave;
    if (!told) return null;
    const { perPixel } = this.desk.view;
    let level = told.rates.findLastIndex((rate) => rate * perPixel >= 1);
    level = Math.max(0, level);
    const address = `/timeline/wave/${told.key}/${level}`;
    if (!this.peaks.has(address)) this.fetch(address, told.rates[level]);
    const here = this.peaks.get(address) ?? [...this.peaks.values()].find((each) => each?.key === told.key);
    return here && { ...here, start: this.desk.told.film.start };
  }

  async fetch(address, rate) {
    this.peaks.set(address, null);
    const answer = await fetch(address).catch(() => null);
    if (!answer?.ok) {
      this.peaks.delete(address);
      return;
    }
    const values = new Int8Array(await answer.arrayBuffer());
    let most = 12;
    for (const value of values) most = Math.max(most, Math.abs(value));
    if (this.peaks.size > 12) this.peaks.clear();
    this.peaks.set(address, { key: address.split("/")[3], rate, values, most });
    this.draw();
  }
}

/** The lowest and the highest sample between two seconds of a film. */
function range({ values, rate, start }, from, to) {
  const first = Math.max(0, Math.floor((from + start) * rate));
  const last = Math.min(values.length / 2 - 1, Math.max(first, Math.ceil((to + start) * rate) - 1));
  let [low, high] = [0, 0];
  for (let index = first; index <= last; index += 1) {
    low = Math.min(low, values[2 * index]);
    high = Math.max(high, values[2 * index + 1]);
  }
  return [low, high];
}

function words(second, step, clock) {
  const text = clock.words(second);
  return step >= 1 ? text.slice(0, -3) : text;
}

/** The canvas: the own frame under the look, finer and finer; played, scrubbed, compared, zoomed into. @module */

import { Bar } from "./canvas_bar.js";
import { divider, wireHands } from "./canvas_hands.js";
import { Player } from "./canvas_player.js";
import { View } from "./canvas_view.js";
import { el, refill } from "./dom.js";
import { onKey } from "./keys.js";
import { empty } from "./parts.js";
import { complain } from "./toast.js";

const SECONDS = 3;
const GRAIN = 64; // px: a canvas that is a little larger asks for nothing new
const STAGES = { source: "Without the dream", coarse: "Coarse", fine: "Fine", deep: "Full dream", film: "As it will be" };
const MISSING = {
  source: ["film", "Nothing is chosen yet", "Choose a film or a picture at the top, or drop one here."],
  song: ["music", "A song is missing", "Choose the song that it is to move with, at the top."],
};

/** @param {HTMLElement} element its region. @param {import("./link.js").Link} link what leads to the server. */
export function mount(element, link) {
  new Canvas(element, link);
}

class Canvas {
  constructor(element, link) {
    this.element = element;
    this.link = link;
    this.state = {};
    this.shown = null;
    const canvas = el("canvas", { class: "canvas-picture", role: "img", "aria-label": "The frame under the look" });
    this.view = new View(canvas, () => this.viewChanged());
    this.player = new Player(this.view, (header) => this.tellFrame(header));
    this.divider = divider(this.view);
    this.label = el("div", { class: "canvas-label" });
    this.problem = el("p", { class: "canvas-problem", role: "alert", hidden: true });
    this.nothing = el("div", { class: "canvas-nothing", hidden: true });
    this.bar = new Bar({
      play: () => this.playOrStop(),
      scrub: (second) => this.scrub(second),
      settle: (second) => this.act("look", "moment", { second }),
      split: () => this.splitOrNot(),
      fit: () => this.view.zoomTo(null),
      full: () => this.view.zoomTo(1),
    });
    const box = el("div", { class: "canvas-box" }, canvas, this.divider, this.label, this.problem, this.nothing);
    element.append(box, this.bar.element);
    wireHands(this.view);
    new ResizeObserver(() => this.resized()).observe(canvas);
    link.on("preview", (state) => this.tell(state));
    link.onPicture("preview", (header, jpeg) => this.take(header, jpeg));
    link.on("link", (open) => open && this.askSize(true));
    link.when("workspace", () => requestAnimationFrame(() => this.resized()));
    this.wireKeys();
  }

  act(room, action, body) {
    return this.link.act(room, action, body).catch(complain);
  }

  // --- what the server tells

  tell(state) {
    this.state = state;
    this.view.dim = Boolean(state.problem || state.missing);
    this.problem.hidden = !state.problem;
    this.problem.textContent = state.problem;
    this.nothing.hidden = !MISSING[state.missing];
    if (!this.nothing.hidden) refill(this.nothing, empty(...MISSING[state.missing]));
    if (state.missing === "source") this.forget();
    if (this.player.isPlaying && state.playing !== this.player.number && !this.player.isWhole) this.player.clear();
    this.bar.follow(state.second);
    this.catchUp(state.headers ?? {});
    this.tellLabel();
    this.view.draw();
  }

  /** Pictures that were shown before this page came. */
  async catchUp(headers) {
    if (this.caughtUp) return;
    this.caughtUp = true;
    for (const [kind, header] of Object.entries(headers)) {
      const answer = await fetch(`/preview/${kind}.jpg`, { cache: "no-store" });
      if (answer.ok && !this.view[kind === "source" ? "before" : "after"]) this.take(header, await answer.blob());
    }
  }

  async take(header, jpeg) {
    this.caughtUp = true;
    const bitmap = await createImageBitmap(jpeg);
    if (header.kind === "play") {
      if (!this.player.isPlaying) this.player.begin(header.number);
      this.player.take(header, bitmap);
    } else {
      this.put(header, bitmap);
    }
    this.bar.tellPlaying(this.player.isPlaying);
    this.divider.place();
    this.tellLabel();
    this.view.draw(() => this.element.dispatchEvent(new CustomEvent("drawn", { detail: header })));
  }

  put(header, bitmap) {
    if (this.player.isPlaying && header.number > this.player.number) this.player.clear();
    if (String(this.view.out) !== String(header.out)) {
      this.view.out = header.out;
      this.viewChanged();
    }
    this.bar.know(header);
    if (!this.player.isPlaying) this.bar.follow(this.state.second ?? 0);
    if (header.kind === "source") {
      this.view.put("before", bitmap);
      if (header.frame === this.shown?.frame) return;
      this.view.put("after", null); // the plain frame at once, its dream follows
      this.shown = header;
    } else {
      this.view.put("after", bitmap);
      this.shown = header;
    }
  }

  forget() {
    this.player.clear();
    this.view.put("before", null);
    this.view.put("after", null);
    this.shown = null;
    this.bar.know({ seconds: 0, fps: 0, start: 0 });
  }

  // --- what one does

  scrub(second) {
    if (this.player.isPlaying) this.player.clear();
    this.bar.tellPlaying(false);
    return this.act("preview", "scrub", { second });
  }

  async playOrStop() {
    if (this.player.isPlaying || this.state.playing) {
      this.player.clear();
      await this.act("preview", "stop", {});
    } else if (this.bar.facts.fps) {
      const answer = await this.act("preview", "play", { second: this.bar.second, seconds: SECONDS });
      if (answer && this.player.number !== answer.number) this.player.begin(answer.number);
    }
    this.bar.tellPlaying(this.player.isPlaying);
    this.divider.place();
    this.tellLabel();
  }

  splitOrNot() {
    this.view.split = this.view.split === null ? 0.5 : null;
    this.viewChanged();
    this.view.draw();
    if (this.view.split !== null) this.divider.focus();
  }

  hold(held) {
    if (this.view.held === held) return;
    this.view.held = held;
    this.tellLabel();
    this.view.draw();
  }

  wireKeys() {
    const here = () => !document.getElementById("work-look").hidden;
    const inFilm = () => here() && this.bar.facts.fps > 0;
    const second = () => Math.max(1, Math.round(this.bar.facts.fps));
    onKey(" ", "Play three seconds, or stop", () => this.playOrStop(), inFilm);
    onKey("ArrowLeft", "Go a frame back", () => this.bar.step(-1), inFilm);
    onKey("ArrowRight", "Go a frame on", () => this.bar.step(1), inFilm);
    onKey("Shift+ArrowLeft", "Go a second back", () => this.bar.step(-second()), inFilm);
    onKey("Shift+ArrowRight", "Go a second on", () => this.bar.step(second()), inFilm);
    onKey("b", "Hold to see it before the dream", () => this.hold(true), here);
    onKey("s", "Compare before and after, side by side", () => this.splitOrNot(), here);
    onKey("0", "Fit the picture into the window", () => this.view.zoomTo(null), here);
    onKey("1", "Show the picture at its own size", () => this.view.zoomTo(1), here);
    onKey("+", "Zoom in", () => this.view.zoomTo(this.view.scale * 1.25), here);
    onKey("-", "Zoom out", () => this.view.zoomTo(this.view.scale / 1.25), here);
    document.addEventListener("keyup", (event) => event.key.toLowerCase() === "b" && this.hold(false));
    window.addEventListener("blur", () => this.hold(false));
  }

  // --- what is said

  tellLabel() {
    const header = this.player.isPlaying ? this.playedHeader : this.shown;
    const words = [];
    if (this.player.isPlaying) words.push(this.player.isWhole ? "Playing" : "Playing, as it is made");
    else if (header) words.push(this.view.held ? STAGES.source : STAGES[this.view.after ? header.stage : "source"]);
    if (header?.dreamed && !this.view.held) words.push(`dreamed at ${header.dreamed.join(" × ")}`);
    if (header?.ms && !this.player.isPlaying && header.stage !== "source") words.push(header.ms < 1000 ? `${header.ms} ms` : `${(header.ms / 1000).toFixed(1)} s`);
    if (this.state.doing) words.push(this.state.doing);
    const busy = this.state.busy ? el("span", { class: "busy", role: "img", "aria-label": "It gets finer" }) : null;
    this.label.hidden = !words.length && !busy;
    refill(this.label, busy, ...words.map((word) => el("span", {}, word)));
  }

  tellFrame(header) {
    this.playedHeader = header;
    this.bar.follow((header.start ?? 0) + (header.index + 0.5) / (header.fps || 1));
  }

  // --- how large

  resized() {
    const { canvas } = this.view;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((side) => Math.max(1, Math.round(side * devicePixelRatio)));
    if (!canvas.clientWidth) return;
    if (width !== canvas.width || height !== canvas.height) Object.assign(canvas, { width, height });
    this.viewChanged();
    this.view.paint();
  }

  viewChanged() {
    this.divider.place();
    this.bar.tellView({ split: this.view.split !== null, zoom: this.view.scale });
    clearTimeout(this.sizing);
    this.sizing = setTimeout(() => this.askSize(false), 150);
  }

  /** Ask for pictures as large as they are seen. @param {boolean} anew whatever was asked for before. */
  askSize(anew) {
    const { canvas, out } = this.view;
    if (!canvas.clientWidth) return;
    const fits = Math.max(canvas.width, canvas.height, 320);
    const side = Math.min(1920, Math.ceil(fits / GRAIN) * GRAIN);
    const full = this.view.zoom !== null && Math.max(...out) * this.view.scale > side * 1.02 && Math.max(...out) > side;
    const asked = `${side} ${full}`;
    if (!anew && asked === this.asked) return;
    this.asked = asked;
    this.link.act("preview", "canvas", { side, full }).catch(() => (this.asked = ""));
  }
}

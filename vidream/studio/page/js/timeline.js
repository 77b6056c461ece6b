/** The timeline: the look's curves over its film's time, music and cuts. @module */

import { el, refill } from "./dom.js";
import { Desk } from "./curve_desk.js";
import { Fields } from "./curve_fields.js";
import { Lane } from "./curve_lane.js";
import { openLanes } from "./curve_menu.js";
import { newCurve } from "./curve_model.js";
import { Player } from "./curve_player.js";
import { Ruler } from "./curve_ruler.js";
import { onKey } from "./keys.js";
import { button, empty, iconButton } from "./parts.js";

const LOWEST = 52; // px of a lane
const HIGHEST = 120;
const CLOSER = 1.25;

/**
 * Fill the room's region, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  const desk = new Desk(link);
  const timeline = new Timeline(element, desk);
  link.on("files", ({ files }) => (desk.files = files));
  link.on("look", (look) => desk.takeLook(look));
  link.on("timeline", (told) => desk.take(told));
  link.when("curve", (name) => timeline.curve(name));
}

class Timeline {
  constructor(element, desk) {
    this.desk = desk;
    this.lanes = new Map();
    this.ruler = new Ruler(desk);
    this.player = new Player(desk);
    this.fields = new Fields(desk, (id) => this.lanes.get(id));
    this.list = el("div", { class: "lanes-stack" });
    this.head = el("div", { class: "ruler-head" });
    this.playhead = el("div", { class: "playhead", "aria-hidden": "true" });
    this.scroll = el("div", { class: "curve-scroll" }, el("div", { class: "ruler-row" }, this.head, this.ruler.element), this.list);
    this.bar = this.scrollbar();
    this.main = el("div", { class: "curve-main" }, this.scroll, this.playhead, this.bar);
    this.nothing = el("div", { class: "curve-nothing", hidden: true });
    this.element = el("div", { class: "curve-desk" }, this.main, this.fields.element, this.nothing);
    element.classList.add("timeline");
    element.append(this.element);
    this.tools();
    this.wire();
  }

  tools() {
    this.play = iconButton("play", "Play the sound", () => this.player.toggle(), { kind: "quiet small", key: "Shift+Space" });
    this.time = el("output", { class: "curve-time-now mono", "aria-label": "Moment" });
    this.bars = el("output", { class: "curve-bars mono", "aria-label": "Bar and beat" });
    this.add = button("Curve", () => openLanes(this.add, this.still(), (lane) => this.begin(lane)), { icon: "add", kind: "quiet small", tip: "Let a knob move over time" });
    this.pulse = button("Pulse", () => this.showPulse(), { kind: "quiet small", tip: "Show what the pulse moves on each beat" });
    this.pulse.setAttribute("aria-pressed", "false");
    this.doing = el("div", { class: "curve-doing small soft", role: "status" });
    const { view } = this.desk;
    const tools = document.getElementById("timeline-tools");
    refill(
      tools, this.play, this.time, this.bars, this.add, this.pulse, this.doing, el("span", { class: "spring" }),
      iconButton("remove", "Show more time", () => view.zoom(CLOSER ** 2, this.desk.second), { kind: "quiet small", key: "[" }),
      iconButton("add", "Show less time", () => view.zoom(CLOSER ** -2, this.desk.second), { kind: "quiet small", key: "]" }),
      iconButton("fit", "Show all of it", () => view.fit(), { kind: "quiet small", key: "\\" }),
    );
  }

  wire() {
    const { desk } = this;
    desk.view.listen(() => this.later());
    desk.on("lanes", () => this.refresh());
    desk.on("time", () => this.later());
    desk.on("values", (id) => this.redraw(id));
    desk.on("chosen", () => this.mark());
    desk.on("doing", () => this.say());
    desk.on("moment", () => this.moment());
    desk.on("seek", (second) => this.player.seek(second));
    this.player.listen(() => this.showPlaying());
    new ResizeObserver(() => this.measure()).observe(this.scroll);
    this.scroll.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    const here = () => this.element.offsetParent !== null;
    onKey("Shift+ ", "Play the sound of the timeline", () => this.player.toggle(), here);
    onKey("]", "Timeline: show less time", () => desk.view.zoom(1 / CLOSER, desk.second), here);
    onKey("[", "Timeline: show more time", () => desk.view.zoom(CLOSER, desk.second), here);
    onKey("\\", "Timeline: show all of it", () => desk.view.fit(), here);
  }

  // --- lanes

  /** Those that do not move, and may. */
  still() {
    return this.desk.all.filter((lane) => !lane.shape);
  }

  /** Let a lane move. */
  begin(lane) {
    this.desk.choose(lane.id);
    this.desk.edit(lane, newCurve("keys", lane, typeof lane.value === "number" ? lane.value : 1, this.desk.about()));
    this.refresh();
    this.lanes.get(lane.id)?.head.scrollIntoView({ block: "nearest" });
  }

  /**
   * Another part of the page wants a knob's curve: show it; where there is none, begin one.
   * @param {string|{lane: string}} wanted a knob or a lane; or a lane that has just been made a curve, shown when it is told.
   */
  curve(wanted) {
    const name = wanted.lane ?? wanted;
    const lanes = this.desk.all.filter((lane) => lane.knob === name || lane.id === name);
    const lane = lanes.find((each) => each.shape) ?? lanes[0];
    if (document.getElementById("drawer").classList.contains("closed")) document.getElementById("drawer-toggle").click();
    this.awaited = null;
    if (lane?.shape) this.desk.choose(lane.id);
    else if (wanted.lane) this.awaited = name;
    else if (lane) this.begin(lane);
    this.lanes.get(lane?.id)?.head.scrollIntoView({ block: "nearest" });
  }

  /** Have a lane for each number that moves. */
  refresh() {
    const moving = this.desk.lanes();
    const made = moving.find((lane) => lane.id === this.awaited);
    if (made) {
      this.awaited = null;
      this.desk.choose(made.id);
    }
    const pulsed = this.pulsed ? this.desk.all.filter((lane) => !lane.shape && this.desk.told.film?.pulsed.includes(lane.id)) : [];
    const wanted = [...moving.map((lane) => [lane, false]), ...pulsed.map((lane) => [lane, true])];
    for (const [id, lane] of this.lanes) {
      if (!wanted.some(([each, ghost]) => each.id === id && ghost === lane.ghost)) {
        lane.element.remove();
        this.lanes.delete(id);
      }
    }
    const before = [...this.lanes.keys()].join();
    for (const [index, [lane, ghost]] of wanted.entries()) {
      const here = this.lanes.get(lane.id);
      if (!here) this.lanes.set(lane.id, new Lane(this.desk, lane, ghost));
      else if (!here.keys.busy && here.take(lane) && here.ends) here.draw();
      else if (here.ends && this.desk.reckoned(lane)) this.desk.sample(lane);
      const { element } = this.lanes.get(lane.id);
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] ?? null);
    }
    this.showNothing(wanted.length);
    if (before !== [...this.lanes.keys()].join()) this.mark();
  }

  showNothing(count) {
    const { told } = this.desk;
    const lay = told?.film;
    this.nothing.hidden = Boolean(count && lay);
    this.main.classList.toggle("bare", !lay);
    this.list.hidden = !lay;
    if (!this.nothing.hidden) refill(this.nothing, this.words(told));
    this.pulse.hidden = !told?.film?.pulsed.length;
    this.add.disabled = !lay;
    this.play.hidden = !this.player.address;
  }

  words(told) {
    if (!told?.timed) return empty("picture", "", "A picture has no time. Films, zooms and music visuals move along curves here.");
    if (!told.film) return told.problem ? el("p", { class: "empty" }, told.problem) : el("p", { class: "empty" }, "Laying it out…");
    return el(
      "div", { class: "curve-first" },
      el("p", {}, "Nothing moves yet. Any number may: draw it over time, or let it follow the sound."),
      button("Let a knob move", () => openLanes(this.nothing.querySelector("button"), this.still(), (lane) => this.begin(lane)), { icon: "curve" }),
    );
  }

  showPulse() {
    this.pulsed = !this.pulsed;
    this.pulse.setAttribute("aria-pressed", String(this.pulsed));
    this.refresh();
  }

  mark() {
    for (const lane of this.lanes.values()) lane.mark();
    this.later();
  }

  // --- drawing

  measure() {
    const wide = this.ruler.element.clientWidth;
    if (wide) this.desk.view.resize(wide);
    this.later();
  }

  /** Draw everything before the next frame is shown. */
  later() {
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => {
      this.waits = false;
      this.draw();
    });
  }

  draw() {
    if (!this.desk.told?.film || !this.scroll.clientWidth) return;
    this.desk.view.resize(this.ruler.element.clientWidth);
    this.ruler.draw();
    const room = this.scroll.clientHeight - this.ruler.height - 2;
    const height = Math.max(LOWEST, Math.min(HIGHEST, Math.floor(room / Math.max(1, this.lanes.size))));
    for (const lane of this.lanes.values()) lane.draw(height);
    this.head.style.height = `${this.ruler.height}px`;
    this.drawBar();
    this.moment();
  }

  redraw(id) {
    const lane = this.lanes.get(id);
    const now = this.desk.lane(id);
    if (!lane || !now?.shape && !lane.ghost) {
      this.refresh();
      return;
    }
    if (!lane.keys.busy) lane.take(now);
    if (lane.ends) lane.draw();
    if (id === this.desk.chosen && !lane.keys.busy) this.fields.make();
  }

  moment() {
    const { clock, second, view } = this.desk;
    const x = view.x(second);
    this.playhead.hidden = !this.desk.told?.film || x < 0 || x > view.width;
    this.playhead.style.transform = `translateX(${x}px)`;
    this.time.textContent = clock.words(second);
    this.bars.textContent = clock.barsBeats(second);
    for (const lane of this.lanes.values()) if (lane.ends) lane.say();
  }

  say() {
    const { told } = this.desk;
    const failed = told?.film ? (Object.values(told.failed)[0] ?? told.problem) : "";
    const { doing } = told ?? {};
    const parts = doing ? [el("span", { class: "busy" }), el("span", { class: "truncate" }, doing.says ? `${doing.about}: ${doing.says}` : doing.about)] : [];
    if (!doing && failed) parts.push(el("span", { class: "problem truncate" }, failed));
    const words = parts.map((each) => each.textContent).join("");
    if (words !== this.doing.textContent) refill(this.doing, ...parts);
  }

  showPlaying() {
    const { playing } = this.player;
    const other = iconButton(playing ? "pause" : "play", playing ? "Pause the sound" : "Play the sound", () => this.player.toggle(), { kind: "quiet small", key: "Shift+Space" });
    this.play.replaceWith(other);
    this.play = other;
  }

  // --- which part of the film is seen

  wheel(event) {
    const { view } = this.desk;
    const x = event.clientX - this.ruler.element.getBoundingClientRect().left;
    if (event.ctrlKey || event.metaKey) view.zoom(Math.exp(event.deltaY * 0.002), view.second(Math.max(0, x)));
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) view.scroll((event.deltaX || event.deltaY) * view.perPixel);
    else return;
    event.preventDefault();
  }

  scrollbar() {
    const { view } = this.desk;
    this.thumb = el("div", { class: "curve-thumb" });
    const bar = el("div", { class: "curve-bar" }, this.thumb);
    bar.addEventListener("pointerdown", (event) => {
      bar.setPointerCapture(event.pointerId);
      let last = event.clientX;
      const go = ({ clientX }) => {
        view.scroll(((clientX - last) / bar.clientWidth) * view.whole);
        last = clientX;
      };
      bar.addEventListener("pointermove", go);
      bar.addEventListener("lostpointercapture", () => bar.removeEventListener("pointermove", go), { once: true });
    });
    return bar;
  }

  drawBar() {
    const { view } = this.desk;
    const whole = Math.max(view.whole, view.to);
    this.bar.hidden = view.span >= view.whole;
    this.thumb.style.left = `${(view.from / whole) * 100}%`;
    this.thumb.style.width = `${(view.span / whole) * 100}%`;
  }
}

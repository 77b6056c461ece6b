/** The keys of a lane: added by a click, dragged, moved by arrows, chosen by Shift or a frame, taken away. @module */

import { el } from "./dom.js";
import { after } from "./curve_clock.js";
import { keysAt, leastGap, placeKey, shown, within, writeKeys } from "./curve_model.js";
import { NEAR, allowed, snapped } from "./curve_snap.js";

const STILL = 4; // px that a click may move
const MOST = 300; // keys that can be taken hold of at once; the others are drawn
const FINE = 100; // steps of an arrow key over a lane's height

/** The keys of a lane. */
export class Keys {
  /** @param {import("./curve_lane.js").Lane} lane */
  constructor(lane) {
    this.of = lane;
    this.desk = lane.desk;
    this.chosen = new Set();
    this.handles = [];
    this.busy = false;
    this.frame = el("div", { class: "lane-frame", hidden: true });
    lane.track.append(this.frame);
    lane.track.addEventListener("pointerdown", (event) => this.press(event));
  }

  get curve() {
    return this.of.curve;
  }

  /** Take the lane's curve as it is now. */
  take() {
    const count = this.curve?.keys.length ?? 0;
    for (const index of [...this.chosen]) if (index >= count) this.chosen.delete(index);
    this.of.track.classList.toggle("editable", Boolean(this.curve));
  }

  /** Put a handle where each key is that can be seen. */
  place() {
    const { view } = this.desk;
    const seen = [];
    for (const [index, key] of (this.curve?.keys ?? []).entries()) {
      const x = view.x(key.second);
      if (x > -12 && x < view.width + 12 && seen.length < MOST) seen.push([index, x, this.of.y(key.value)]);
    }
    while (this.handles.length > seen.length) this.handles.pop().remove();
    while (this.handles.length < seen.length) this.handles.push(this.handle());
    for (const [position, [index, x, y]] of seen.entries()) this.show(this.handles[position], index, x, y);
  }

  handle() {
    const handle = el("div", { class: "key", role: "slider", tabIndex: 0, onkeydown: (event) => this.type(event, handle), onfocus: () => this.focus(handle) });
    this.of.layer.append(handle);
    return handle;
  }

  show(handle, index, x, y) {
    const { lane, ends } = this.of;
    const key = this.curve.keys[index];
    const state = [index, x, y, this.chosen.has(index), key.value, key.second, key.marker, this.curve.keys.length, ends[1] - ends[0]].join();
    if (handle.state === state) return;
    handle.state = state;
    handle.dataset.index = String(index);
    handle.style.transform = `translate(${x}px, ${y}px)`;
    handle.classList.toggle("chosen", this.chosen.has(index));
    handle.classList.toggle("marker", Boolean(key.marker));
    const value = shown(key.value, ends[1] - ends[0]);
    const attributes = {
      "aria-label": `Key ${index + 1} of ${this.curve.keys.length}, ${lane.label}`, "aria-valuenow": value,
      "aria-valuetext": `${value} at ${key.marker ?? this.desk.clock.spoken(key.second)}`, "aria-valuemin": lane.low, "aria-valuemax": lane.high,
    };
    for (const [name, text] of Object.entries(attributes)) handle.setAttribute(name, String(text));
  }

  focus(handle) {
    this.desk.choose(this.of.id);
    if (!this.busy && !this.chosen.has(Number(handle.dataset.index))) this.select([Number(handle.dataset.index)]);
  }

  /** Choose keys, and no others. */
  select(indexes) {
    this.chosen = new Set(indexes);
    this.place();
    this.desk.tell("keys", this.of.id);
  }

  /** The curve was changed: show it, and send it. */
  changed(gesture) {
    this.of.lane = { ...this.of.lane, value: writeKeys(this.curve, this.desk.clock) };
    this.desk.edit(this.of.lane, this.of.lane.value, gesture);
    this.desk.tell("keys", this.of.id);
  }

  // --- by hand

  press(event) {
    if (event.button !== 0 || this.of.ghost) return;
    this.desk.choose(this.of.id);
    if (!this.curve) return;
    const index = event.target.closest(".key")?.dataset.index;
    const box = this.of.track.getBoundingClientRect();
    const from = { x: event.clientX - box.left, y: event.clientY - box.top };
    const move = index === undefined ? this.pressField(from, event) : this.pressKey(Number(index), from, event);
    if (index === undefined) event.preventDefault();
    this.of.track.setPointerCapture(event.pointerId);
    this.busy = true;
    const moved = (each) => move.go({ x: each.clientX - box.left, y: each.clientY - box.top }, each);
    this.of.track.addEventListener("pointermove", moved);
    const end = (each) => {
      this.of.track.removeEventListener("pointermove", moved);
      this.busy = false;
      this.of.frozen = null;
      this.frame.hidden = true;
      move.end?.(each);
      this.of.draw();
    };
    this.of.track.addEventListener("lostpointercapture", end, { once: true });
  }

  /** A key under the pointer: it, and all that are chosen with it, go where the pointer goes. */
  pressKey(index, from, event) {
    const was = this.chosen.has(index);
    if (event.shiftKey) this.select(was ? [...this.chosen].filter((each) => each !== index) : [...this.chosen, index]);
    else if (!was) this.select([index]);
    if (!this.chosen.has(index)) return { go: () => {} };
    const drag = this.drag(index, from);
    return { go: drag, end: () => !drag.moved && was && !event.shiftKey && this.select([index]) };
  }

  /** No key: a click adds one, a drag chooses those in a frame. */
  pressField(from, event) {
    let to = null;
    let drag = null;
    if (event.ctrlKey || event.metaKey) {
      const index = this.add(from);
      drag = this.drag(index, from);
    }
    const go = (at, each) => {
      if (drag) return drag(at, each);
      if (!to && Math.hypot(at.x - from.x, at.y - from.y) < STILL) return undefined;
      to = at;
      return this.showFrame(from, to);
    };
    const end = () => {
      if (drag) return;
      if (to) this.select(this.within(from, to).concat(event.shiftKey ? [...this.chosen] : []));
      else this.of.layer.querySelector(`[data-index="${this.add(from, event)}"]`)?.focus();
    };
    return { go, end };
  }

  showFrame(from, to) {
    const [left, top] = [Math.min(from.x, to.x), Math.min(from.y, to.y)];
    Object.assign(this.frame.style, { left: `${left}px`, top: `${top}px`, width: `${Math.abs(to.x - from.x)}px`, height: `${Math.abs(to.y - from.y)}px` });
    this.frame.hidden = false;
  }

  within(from, to) {
    const between = (at, one, other) => at >= Math.min(one, other) && at <= Math.max(one, other);
    return [...this.curve.keys.keys()].filter((index) => {
      const key = this.curve.keys[index];
      return between(this.desk.view.x(key.second), from.x, to.x) && between(this.of.y(key.value), from.y, to.y);
    });
  }

  /** Add a key at a place; its index. */
  add({ x, y }, event = {}) {
    const { curve, desk } = this;
    const second = Math.min(snapped(desk, Math.max(0, desk.view.second(x)), event), desk.clock.last);
    const line = keysAt(curve, second, desk.clock);
    const value = Math.abs(this.of.y(line) - y) < NEAR ? line : this.round(this.of.value(y));
    const index = after(curve.keys.map((key) => key.second), second);
    const near = [index - 1, index].find((each) => curve.keys[each] && Math.abs(curve.keys[each].second - second) < leastGap(curve.unit, desk.clock));
    if (near !== undefined) {
      curve.keys[near].value = within(value, this.of.lane);
      this.select([near]);
    } else {
      curve.keys.splice(index, 0, { second, value: within(value, this.of.lane), marker: null, raw: null });
      this.select([index]);
    }
    this.changed();
    this.of.draw();
    return near ?? index;
  }

  /** What moves the chosen keys as the pointer goes: (place, event) => void. */
  drag(index, from) {
    const gesture = crypto.randomUUID();
    const held = [...this.chosen].map((each) => [each, { ...this.curve.keys[each] }]);
    const grasped = { ...this.curve.keys[index] };
    this.of.frozen = [...this.of.ends];
    const drag = (at, event) => {
      if (!drag.moved && Math.hypot(at.x - from.x, at.y - from.y) < 2) return;
      drag.moved = true;
      let [second, value] = [grasped.second + (at.x - from.x) * this.desk.view.perPixel, grasped.value + this.of.value(at.y) - this.of.value(from.y)];
      if (event.shiftKey && Math.abs(at.x - from.x) > Math.abs(at.y - from.y)) value = grasped.value;
      else if (event.shiftKey) second = grasped.second;
      const later = second === grasped.second ? 0 : snapped(this.desk, second, event) - grasped.second;
      this.move(held, allowed(this.curve, held, later, this.desk.clock), value - grasped.value);
      this.changed(gesture);
      const key = this.curve.keys[index];
      this.of.show(this.desk.view.x(key.second), this.of.y(key.value), key.second, key.value);
    };
    drag.moved = false;
    return drag;
  }

  move(held, later, higher) {
    const { clock } = this.desk;
    const { unit } = this.curve;
    for (const [index, was] of held) {
      const key = this.curve.keys[index];
      if (later) placeKey(key, clock.second(clock.rounded(was.second + later, unit), unit));
      else Object.assign(key, { second: was.second, marker: was.marker, raw: was.raw });
      key.value = higher ? within(this.round(was.value + higher), this.of.lane) : was.value;
    }
  }

  /** A value as finely as the lane is drawn. */
  round(value) {
    const [low, high] = this.of.ends;
    return Number(shown(value, high - low));
  }

  // --- by keys

  type(event, handle) {
    const index = Number(handle.dataset.index);
    const [low, high] = this.of.ends;
    const step = event.shiftKey ? 10 : 1;
    const whole = this.of.lane.whole ? 1 : (high - low) / FINE;
    const acts = {
      ArrowUp: () => this.nudge(index, 0, whole * step),
      ArrowDown: () => this.nudge(index, 0, -whole * step),
      ArrowRight: () => this.nudge(index, step, 0),
      ArrowLeft: () => this.nudge(index, -step, 0),
      Delete: () => this.remove(),
      Backspace: () => this.remove(),
      Escape: () => this.select([]),
    };
    const act = acts[event.key] ?? ((event.ctrlKey || event.metaKey) && event.key === "a" && (() => this.select([...this.curve.keys.keys()])));
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  nudge(index, frames, higher) {
    if (!this.chosen.has(index)) this.select([index]);
    const held = [...this.chosen].map((each) => [each, { ...this.curve.keys[each] }]);
    const { clock } = this.desk;
    const beats = this.curve.unit === "beats" && frames;
    const from = this.curve.keys[index].second;
    const later = beats ? clock.secondOfBeat(clock.beat(from) + frames / 4) - from : frames / clock.fps;
    this.move(held, allowed(this.curve, held, later, this.desk.clock), higher);
    this.changed(`nudge ${this.of.id}`);
    this.of.draw();
  }

  /** Take away the chosen keys; with the last of them the curve goes, too: it is a number then. */
  remove() {
    const left = this.curve.keys.filter((_, index) => !this.chosen.has(index));
    if (!this.chosen.size) return;
    const first = Math.min(...this.chosen);
    if (!left.length) {
      this.desk.edit(this.of.lane, this.curve.keys[0].value);
      return;
    }
    this.curve.keys = left;
    this.chosen.clear();
    this.changed();
    this.of.draw();
    this.handles[Math.min(first, this.handles.length - 1)]?.focus();
  }
}

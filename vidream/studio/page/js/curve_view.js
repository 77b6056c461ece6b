/** Which part of a film the timeline shows, and where on the page each moment of it is. @module */

const CLOSEST = 8; // frames across the page at the least
const PAD = 9; // px at either side, so that what lies at an end can be taken hold of

/** The part that is shown. */
export class View {
  constructor() {
    this.from = 0;
    this.to = 10;
    this.whole = 10;
    this.fps = 30;
    this.width = 800;
    this.listeners = [];
  }

  /** Call something whenever another part is shown. @param {() => void} moved */
  listen(moved) {
    this.listeners.push(moved);
  }

  /** Seconds that are shown. */
  get span() {
    return this.to - this.from;
  }

  /** Where a second is, px. */
  x(second) {
    return PAD + (second - this.from) / this.perPixel;
  }

  /** The second at a place. */
  second(x) {
    return this.from + (x - PAD) * this.perPixel;
  }

  /** Seconds that a px is long. */
  get perPixel() {
    return this.span / Math.max(1, this.width - 2 * PAD);
  }

  /** Be of another film, or of the same at another length; all of it is shown if it is another, or all was. */
  take(seconds, fps) {
    const all = this.to >= this.whole && this.from <= 0;
    if (seconds === this.whole && fps === this.fps) return;
    this.whole = seconds;
    this.fps = fps;
    if (all || this.from >= seconds) this.fit();
    else this.show(this.from, this.to);
  }

  /** Have another width. */
  resize(width) {
    if (width > 0 && width !== this.width) {
      this.width = width;
      this.moved();
    }
  }

  /** Show all of it. */
  fit() {
    this.show(0, this.whole);
  }

  /** Show a part, no shorter than can be seen, nor beyond the ends. */
  show(from, to) {
    const longest = this.whole;
    const span = Math.min(longest, Math.max(to - from, CLOSEST / this.fps));
    this.from = Math.min(Math.max(0, from), longest - span);
    this.to = this.from + span;
    this.moved();
  }

  /** Show so many times as much, a second staying where it is. */
  zoom(factor, about = (this.from + this.to) / 2) {
    const span = Math.min(this.whole, Math.max(this.span * factor, CLOSEST / this.fps));
    const from = about - ((about - this.from) / this.span) * span;
    this.show(from, from + span);
  }

  /** Show what is so many seconds later. */
  scroll(seconds) {
    this.show(this.from + seconds, this.to + seconds);
  }

  /** Make sure that a second is seen. */
  reveal(second) {
    if (second < this.from || second > this.to) this.show(second - this.span * 0.1, second + this.span * 0.9);
  }

  moved() {
    for (const moved of this.listeners) moved();
  }
}

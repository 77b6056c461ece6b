/** Some seconds in motion: shown as they are made, then again and again from memory. @module */

const MOST = 400; // frames that are kept

export class Player {
  /** @param {import("./canvas_view.js").View} view @param {(frame: object) => void} shown called with each frame's header as it is shown. */
  constructor(view, shown) {
    this.view = view;
    this.shown = shown;
    this.frames = [];
    /** The number of the wish that is played; 0: none is. */
    this.number = 0;
    this.timer = 0;
  }

  get isPlaying() {
    return this.number > 0;
  }

  /** Whether all is there, and goes round. */
  get isWhole() {
    return this.frames.length > 0 && this.frames.at(-1)?.header.settled === true;
  }

  /** Begin. @param {number} number of the wish whose frames come. */
  begin(number) {
    this.clear();
    this.number = number;
  }

  /** A frame has come. @param {object} header @param {ImageBitmap} bitmap */
  take(header, bitmap) {
    if (header.number !== this.number || this.frames.length >= MOST) {
      bitmap.close();
      return;
    }
    const frame = { header, bitmap };
    const at = this.frames.findIndex((each) => each.header.place > header.place);
    if (at < 0) this.frames.push(frame);
    else this.frames.splice(at, 0, frame);
    if (at < 0) this.show(frame);
    if (this.isWhole) this.goRound();
  }

  goRound() {
    const begun = performance.now();
    const { frames } = this;
    const [first, last] = [frames[0].header.index, frames.at(-1).header.index];
    const fps = frames[0].header.fps || 25;
    const length = Math.max(1, last - first + 1);
    let current = null;
    const step = (now) => {
      this.timer = requestAnimationFrame(step);
      const index = first + (Math.floor(((now - begun) / 1000) * fps) % length);
      const frame = frames.findLast((each) => each.header.index <= index) ?? frames[0];
      if (frame !== current) this.show((current = frame));
    };
    cancelAnimationFrame(this.timer);
    this.timer = requestAnimationFrame(step);
  }

  show(frame) {
    this.view.put("played", frame.bitmap);
    this.shown(frame.header);
  }

  /** Stop, and let all frames go. @returns {object|null} the header of the frame that was shown last. */
  clear() {
    cancelAnimationFrame(this.timer);
    const last = this.frames.find((each) => each.bitmap === this.view.played)?.header ?? null;
    this.view.put("played", null);
    for (const { bitmap } of this.frames.splice(0)) bitmap.close();
    this.number = 0;
    return last;
  }
}

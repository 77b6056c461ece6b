/** The picture on the canvas: the dream over the source, parted by a divider, zoomed and moved. It draws, and says no words. @module */

const LARGEST = 16; // screen px for a px of the film
const FIT_LARGEST = 4; // a small film is not shown larger than that unless somebody zooms in
const HAIR = 2;

/** Where a picture lies on a canvas. @typedef {{x: number, y: number, width: number, height: number}} Place */

export class View {
  /** @param {HTMLCanvasElement} canvas @param {() => void} changed called when zoom, place or divider have changed. */
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.changed = changed;
    this.context = canvas.getContext("2d", { alpha: false });
    /** The source, the dream, or the frame that is played: bitmaps; null: not there. */
    this.before = null;
    this.after = null;
    this.played = null;
    /** Px of what is made; the shape of what is shown. */
    this.out = [16, 9];
    /** Screen px for a px of the film; null: as large as fits. */
    this.zoom = null;
    this.centre = [0.5, 0.5];
    /** Where the divider is, 0 to 1; null: there is none. */
    this.split = null;
    this.held = false;
    this.dim = false;
    this.waiting = 0;
    this.drawn = [];
  }

  /** Put a bitmap in place of another, which is let go. @param {"before"|"after"|"played"} which @param {ImageBitmap|null} bitmap */
  put(which, bitmap) {
    if (which !== "played" && this[which] !== bitmap) this[which]?.close();
    this[which] = bitmap;
    this.draw();
  }

  /** Draw with the next frame of the screen. @param {() => void} [done] called when it has been drawn. */
  draw(done) {
    if (done) this.drawn.push(done);
    if (!this.waiting) this.waiting = requestAnimationFrame(() => this.paint());
  }

  /** Screen px for a px of the film, as it is. */
  get scale() {
    return this.zoom ?? Math.min(this.canvas.width / this.out[0], this.canvas.height / this.out[1], FIT_LARGEST * devicePixelRatio);
  }

  /** @returns {Place} of the picture, in the canvas' own px. */
  get place() {
    const [width, height] = this.out.map((side) => side * this.scale);
    const along = (side, room, centre) => (side <= room ? (room - side) / 2 : Math.min(0, Math.max(room - side, room / 2 - centre * side)));
    return { x: along(width, this.canvas.width, this.centre[0]), y: along(height, this.canvas.height, this.centre[1]), width, height };
  }

  /** Zoom to a scale, about a place on the canvas that stays where it is. @param {number|null} scale @param {number[]} [about] */
  zoomTo(scale, about = [this.canvas.width / 2, this.canvas.height / 2]) {
    const old = this.place;
    const under = [(about[0] - old.x) / old.width, (about[1] - old.y) / old.height];
    const least = Math.min(1, Math.min(this.canvas.width / this.out[0], this.canvas.height / this.out[1]));
    this.zoom = scale === null ? null : Math.min(LARGEST, Math.max(least, scale));
    if (scale !== null && this.zoom <= least && least < 1) this.zoom = null;
    const sides = this.out.map((side) => side * this.scale);
    const middle = [this.canvas.width / 2, this.canvas.height / 2];
    this.centre = [0, 1].map((axis) => under[axis] + (middle[axis] - about[axis]) / sides[axis]).map((each) => Math.min(1, Math.max(0, each)));
    this.moved();
  }

  /** Move the picture by so many px of the canvas. */
  pan(dx, dy) {
    const { width, height } = this.place;
    const within = (value, room, side) => Math.min(1 - room / 2 / side, Math.max(room / 2 / side, value));
    const [x, y] = [this.centre[0] - dx / width, this.centre[1] - dy / height];
    this.centre = [width > this.canvas.width ? within(x, this.canvas.width, width) : 0.5, height > this.canvas.height ? within(y, this.canvas.height, height) : 0.5];
    this.moved();
  }

  /** Whether the picture is larger than the canvas, so that it can be moved. */
  get isOver() {
    const { width, height } = this.place;
    return width > this.canvas.width + 1 || height > this.canvas.height + 1;
  }

  moved() {
    this.changed();
    this.draw();
  }

  paint() {
    this.waiting = 0;
    const { context, canvas } = this;
    context.fillStyle = getComputedStyle(canvas).backgroundColor;
    context.fillRect(0, 0, canvas.width, canvas.height);
    const place = this.place;
    const shown = this.played ?? (this.held ? (this.before ?? this.after) : (this.after ?? this.before));
    if (shown) {
      context.globalAlpha = this.dim ? 0.25 : 1;
      this.paintPicture(shown, place);
      const parted = this.split !== null && !this.held && !this.played && this.before && this.after;
      if (parted) this.paintSplit(place);
      context.globalAlpha = 1;
    }
    for (const done of this.drawn.splice(0)) done();
  }

  paintPicture(bitmap, { x, y, width, height }) {
    const isFine = width / bitmap.width >= 3;
    this.context.imageSmoothingEnabled = !isFine || bitmap.width < this.out[0];
    this.context.imageSmoothingQuality = "high";
    this.context.drawImage(bitmap, x, y, width, height);
  }

  paintSplit(place) {
    const { context } = this;
    const at = place.x + place.width * this.split;
    context.save();
    context.beginPath();
    context.rect(0, 0, at, this.canvas.height);
    context.clip();
    this.paintPicture(this.before, place);
    context.restore();
    context.fillStyle = "#fff";
    const [top, bottom] = [Math.max(0, place.y), Math.min(this.canvas.height, place.y + place.height)];
    context.fillRect(at - (HAIR / 2) * devicePixelRatio, top, HAIR * devicePixelRatio, bottom - top);
  }
}

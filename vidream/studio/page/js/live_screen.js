/** What is live, drawn: the newest picture alone, on every canvas that shows it; and how old it is. @module */

const WINDOW = 2000;
const ASKED_EVERY = 5000;

/** Draws the pictures of the room "live". */
export class LiveScreen {
  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.canvases = new Set();
    this.drawn = [];
    this.next = null;
    this.decoding = false;
    this.offset = null;
    /** The header of the picture that is seen. */
    this.header = {};
    /** Called with its header after each picture. */
    this.onDrawn = () => {};
    link.onPicture("live", (header, jpeg) => this.take(header, jpeg));
  }

  /** A canvas that shows it. @param {string} label for readers. @returns {HTMLCanvasElement} */
  canvas(label) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    this.canvases.add(canvas);
    return canvas;
  }

  take(header, jpeg) {
    this.next = { header, jpeg };
    if (!this.decoding) this.work();
  }

  async work() {
    this.decoding = true;
    while (this.next) {
      const { header, jpeg } = this.next;
      this.next = null;
      try {
        const bitmap = await createImageBitmap(jpeg);
        this.draw(bitmap);
        bitmap.close();
        this.header = header;
        this.drawn.push({ at: performance.now(), made: header.made });
        this.onDrawn(header);
      } catch {
        // a picture that cannot be read is followed by another
      }
    }
    this.decoding = false;
  }

  draw(bitmap) {
    for (const canvas of this.canvases) {
      if (!canvas.isConnected || canvas.offsetParent === null) continue;
      if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
      }
      canvas.getContext("2d", { alpha: false }).drawImage(bitmap, 0, 0);
    }
  }

  /** Pictures a second that were drawn of late; and the seconds from a picture's being made to its being drawn, or null. */
  figures() {
    const now = performance.now();
    this.drawn = this.drawn.filter(({ at }) => now - at < WINDOW);
    const dated = this.drawn.filter(({ made }) => made !== undefined);
    if (this.offset === null || !dated.length) return { rate: this.drawn.length / (WINDOW / 1000), delay: null };
    const ages = dated.map(({ at, made }) => at / 1000 + this.offset - made);
    return { rate: this.drawn.length / (WINDOW / 1000), delay: ages.reduce((sum, age) => sum + age, 0) / ages.length };
  }

  /** Ask now and then what time it is where pictures are made; the answer that came soonest is the truest. */
  async keepTime() {
    let best = Infinity;
    for (;;) {
      const asked = performance.now();
      const answer = await this.link.act("live", "clock").catch(() => null);
      const took = performance.now() - asked;
      if (answer && took < best) {
        best = took;
        this.offset = answer.now - (asked + took / 2) / 1000;
      }
      best *= 1.2; // clocks drift apart
      await new Promise((resolve) => setTimeout(resolve, ASKED_EVERY));
    }
  }
}

/**
 * Say whether this page shows pictures, whenever that changes, and again when the way to the server was lost.
 * @param {import("./link.js").Link} link
 * @returns {(on: boolean) => void}
 */
export function watcher(link) {
  let wanted = false;
  let told = false;
  const tell = (on) => {
    wanted = on;
    const watched = wanted && !document.hidden;
    if (watched === told) return;
    told = watched;
    link.act("live", "watch", { on: watched }).catch(() => {});
  };
  document.addEventListener("visibilitychange", () => tell(wanted));
  link.on("link", (open) => {
    if (!open) return;
    told = false; // the server has forgotten
    tell(wanted);
  });
  return tell;
}

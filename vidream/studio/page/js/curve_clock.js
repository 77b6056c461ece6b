/** A film's time: frames, seconds, beats and bars, one as the other, and in words. @module */

const STILL = 120 / 60; // beats a second where none are known, as the engine counts them
const SUFFIX = { frames: "", seconds: "s", beats: "b" };

/** How a curve goes from key to key, as vidream.curves.EASES has it: 0..1 of the way in time -> of the way in value. */
export const EASES = {
  linear: (u) => u,
  in: (u) => u * u,
  out: (u) => u * (2 - u),
  "in-out": (u) => u * u * (3 - 2 * u),
  hold: () => 0,
};

/** Frames of a film as times, and times as frames. */
export class FilmClock {
  constructor() {
    this.take(null, null, []);
  }

  /**
   * Go by another film.
   * @param {object|null} film what the room says of it.
   * @param {object|null} music its beats, if they are known.
   * @param {number[]} cuts seconds.
   */
  take(film, music, cuts) {
    this.fps = film?.fps ?? 30;
    this.frames = film?.frames ?? 1;
    this.seconds = film?.seconds ?? 10;
    this.markers = film?.markers ?? {};
    this.music = music;
    this.cuts = cuts;
  }

  /** The last moment of the film that has a frame. */
  get last() {
    return Math.max(0, (this.frames - 1) / this.fps);
  }

  /** How many beats there have been at a second, the first being 0; between two a part of one. */
  beat(second) {
    const places = this.music?.places ?? [];
    if (places.length < 2) return second * STILL;
    const index = Math.min(Math.max(0, after(places, second) - 1), places.length - 2);
    return this.music.first + index + (second - places[index]) / (places[index + 1] - places[index]);
  }

  /** The second of a beat, by number. */
  secondOfBeat(beat) {
    const places = this.music?.places ?? [];
    if (places.length < 2) return beat / STILL;
    const index = Math.min(Math.max(0, Math.floor(beat - this.music.first)), places.length - 2);
    return places[index] + (beat - this.music.first - index) * (places[index + 1] - places[index]);
  }

  /** A second in a unit: "frames", "seconds", "beats". */
  place(second, unit) {
    if (unit === "frames") return second * this.fps;
    return unit === "beats" ? this.beat(second) : second;
  }

  /** A place in a unit as a second. */
  second(place, unit) {
    if (unit === "frames") return place / this.fps;
    return unit === "beats" ? this.secondOfBeat(place) : place;
  }

  /** A second as exactly as its unit is written: whole frames, milliseconds, thousandths of a beat. Not under 0. */
  rounded(second, unit) {
    const place = Math.max(0, this.place(second, unit));
    return unit === "frames" ? Math.round(place) : Math.round(place * 1000) / 1000;
  }

  /** The second of the frame that is nearest. */
  frameNear(second) {
    return Math.min(Math.max(0, Math.round(second * this.fps)), this.frames - 1) / this.fps;
  }

  /** m:ss.ff, ff being frames. */
  words(second) {
    const frame = Math.max(0, Math.round(second * this.fps));
    const whole = Math.floor(frame / this.fps + 1e-6);
    const rest = Math.max(0, Math.round(frame - whole * this.fps));
    return `${Math.floor(whole / 60)}:${two(whole % 60)}.${two(rest)}`;
  }

  /** Bar and beat, 12.3; "" where there are no beats. */
  barsBeats(second) {
    const { bars = [], beats = [] } = this.music ?? {};
    const near = second + 0.5 / this.fps;
    const bar = after(bars, near);
    if (!beats.length || !bar) return "";
    return `${bar}.${after(beats, near) - after(beats, bars[bar - 1] - 1e-6)}`;
  }

  /** Both of them, for a screen reader. */
  spoken(second) {
    const place = this.barsBeats(second);
    return place ? `${this.words(second)}, bar ${place.replace(".", " beat ")}` : this.words(second);
  }
}

/** How a place is written in a curve: 24, "4s", "8b". */
export const written = (place, unit) => (unit === "frames" ? place : `${plain(place)}${SUFFIX[unit]}`);

/**
 * A key's time, or another of a curve, as it is written there.
 * @param {number|string} raw
 * @returns {{place: number, unit: string, marker?: string}|null} null: it is none.
 */
export function readTime(raw) {
  if (typeof raw === "number" && raw >= 0) return { place: raw, unit: "frames" };
  if (typeof raw !== "string") return null;
  if (raw.startsWith("@")) return { place: NaN, unit: "seconds", marker: raw };
  const match = /^(\d+(?:\.\d*)?|\.\d+)([sb]?)$/.exec(raw.trim());
  return match && { place: Number(match[1]), unit: { "": "frames", s: "seconds", b: "beats" }[match[2]] };
}

/** How many of some rising numbers are at most so much. */
export function after(numbers, most) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A number as people write it: no exponent, no more figures than it has. */
export const plain = (number) => (Math.abs(number) < 1e-9 ? "0" : String(Number(number.toFixed(6))));

const two = (number) => String(Math.floor(number)).padStart(2, "0");

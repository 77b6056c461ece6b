/** What the timeline's parts share: the film's time, the look's lanes, the moment, and the way back to the server. @module */

import { FilmClock, after } from "./curve_clock.js";
import { keysAt, knobValue, readKeys } from "./curve_model.js";
import { View } from "./curve_view.js";
import { complain, toast } from "./toast.js";

const EVERY = 70; // ms from one edit that is sent to the next
const TRUST = 700; // ms that an edit is shown that the server has taken but not yet told of
const PIECES = 1200; // of a curve that is asked for
const CALM = 90; // ms between two requests for the values of a lane

/** The state of the timeline, for all its parts. */
export class Desk {
  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    this.clock = new FilmClock();
    this.view = new View();
    this.told = null;
    this.look = null;
    this.files = [];
    this.music = null;
    this.cuts = [];
    this.version = -1;
    /** The moment of the film that is looked at, in seconds. */
    this.second = 0;
    /** The id of the lane whose fields are shown. */
    this.chosen = null;
    this.local = new Map();
    this.samples = new Map();
    this.sending = new Map();
    this.listeners = new Map();
  }

  /**
   * Hear of something: "lanes" (others, or with other curves), "time" (beats, cuts, another length), "moment",
   * "values" (with a lane's id), "chosen", "doing".
   */
  on(name, heard) {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), heard]);
  }

  tell(name, data) {
    for (const heard of this.listeners.get(name) ?? []) heard(data);
  }

  /** Take what the room says. */
  async take(told) {
    this.told = told;
    for (const [id, edit] of this.local) {
      const lane = told.lanes.find((each) => each.id === id);
      if (!lane || edit.done && (same(lane.value, edit.value) || performance.now() > edit.until)) this.local.delete(id);
    }
    const later = told.version !== this.version;
    if (later) {
      this.version = told.version;
      const marks = told.film ? await this.link.act("timeline", "marks").catch(() => null) : null;
      if (told.version !== this.version) return; // a newer one came meanwhile
      this.music = marks?.music ?? null;
      this.cuts = marks?.cuts ?? [];
      told = this.told; // what came meanwhile of the same version was shown without them
    }
    this.clock.take(told.film, this.music, this.cuts);
    this.view.take(this.clock.seconds, this.clock.fps);
    this.moment();
    if (!this.lanes().some((lane) => lane.id === this.chosen)) this.choose(this.lanes()[0]?.id ?? null);
    if (later) this.tell("time");
    this.tell("lanes");
    this.tell("doing");
  }

  /** Take the look. */
  takeLook(look) {
    const moved = look.second !== this.look?.second;
    this.look = look;
    if (moved) this.moment();
  }

  /** The second of the film that lies over the look's moment of its source. */
  moment() {
    const film = this.told?.film;
    if (!film || !film.moments || this.held) return;
    let second = (this.look?.second ?? 0) - film.first_shown;
    if (film.repeats && this.second >= film.repeats) second += Math.floor(this.second / film.repeats) * film.repeats;
    this.stand(second);
  }

  /** Be at a second of the film, here alone. */
  stand(second) {
    this.second = this.clock.frameNear(second);
    this.tell("moment");
  }

  /** Look at a second of the film, in every part of the page. */
  goTo(second) {
    this.stand(second);
    this.tell("seek", this.second);
    const film = this.told?.film;
    if (!film?.moments) return;
    const within = film.repeats ? this.second % film.repeats : this.second;
    this.want = Math.round((within + film.first_shown) * 1e6) / 1e6;
    this.sendMoment();
  }

  async sendMoment() {
    if (this.held) return;
    this.held = true;
    while (this.want !== undefined) {
      const second = this.want;
      this.want = undefined;
      await this.link.act("look", "moment", { second }).catch(complain);
      await pause(EVERY);
    }
    this.held = false;
    this.moment();
  }

  /** Whether there is music whose beats curves may count. */
  get musical() {
    return this.told?.command === "music";
  }

  /** What a new curve moves to: the film's time, its music, or the sound that it may follow. */
  about() {
    return { clock: this.clock, musical: this.musical, of: this.sounds()[0] ?? null };
  }

  /** The names of the sounds that a curve may follow, the film's own first. */
  sounds() {
    const heard = this.files.filter((file) => file.kind === "song" || file.id === this.look?.source && this.told?.film?.sound);
    return heard.sort((a, b) => (b.id === this.look?.source) - (a.id === this.look?.source)).map((file) => file.name);
  }

  /** How a lane's curve is written. */
  async toml(lane) {
    const told = this.told.lanes.find((each) => each.id === lane.id);
    if (told && same(told.value, lane.value)) return told.text;
    return null;
  }

  /** Every number that may move. */
  get all() {
    return (this.told?.lanes ?? []).map((lane) => (this.local.has(lane.id) ? withEdit(lane, this.local.get(lane.id)) : lane));
  }

  /** Those that move. */
  lanes() {
    return this.all.filter((lane) => lane.shape);
  }

  /** A lane by its id. */
  lane(id) {
    return this.all.find((lane) => lane.id === id) ?? null;
  }

  /** Show the fields of a lane. */
  choose(id) {
    if (id === this.chosen) return;
    this.chosen = id;
    this.tell("chosen");
  }

  /**
   * Give a lane another curve, or a number. What is done within a gesture is one step back.
   * @param {object} lane
   * @param {any} value
   * @param {string} gesture
   */
  edit(lane, value, gesture = crypto.randomUUID()) {
    const edit = { value, gesture, done: false, until: Infinity };
    this.local.set(lane.id, edit);
    this.tell("values", lane.id);
    return this.send(lane.id);
  }

  async send(id) {
    if (this.sending.get(id)) return;
    this.sending.set(id, true);
    let edit;
    while ((edit = this.local.get(id)) && !edit.done) {
      const lane = this.told.lanes.find((each) => each.id === id);
      const body = { knob: lane.knob, value: knobValue(lane, edit.value, this.all), gesture: edit.gesture };
      try {
        await this.link.act("look", "set", body);
        if (this.local.get(id) !== edit) await pause(EVERY);
      } catch (error) {
        if (this.local.get(id) === edit) this.local.delete(id);
        this.tell("lanes");
        this.refuse(id, error.problem ?? error.message);
      }
      edit.done = true;
      edit.until = performance.now() + TRUST;
    }
    this.sending.delete(id);
  }

  /** Say why a lane is as it was: beside its fields, where these are seen. */
  refuse(id, problem) {
    if (id === this.chosen) this.tell("refused", problem);
    else toast(problem, "bad");
  }

  /** Whether a lane's curve is reckoned by the engine: all but keys, and what a pulse moves. */
  reckoned(lane) {
    return lane.shape !== "keys" || this.told.command === "music";
  }

  /**
   * What the engine says that a lane comes to, as far as it is known now; it is asked for what is not.
   * @returns {{own: object|null, film: object|null, listening: boolean}|null}
   */
  sample(lane) {
    const held = this.samples.get(lane.id) ?? { answer: null, key: "", busy: false };
    this.samples.set(lane.id, held);
    const [first, last] = this.frames();
    const value = this.told.lanes.find((each) => each.id === lane.id)?.value;
    const key = JSON.stringify([this.told.film?.key, this.told.heard, value, first, last]);
    if (held.key !== key && !held.busy && this.told.film) this.ask(lane, held, key, first, last);
    return held.answer;
  }

  async ask(lane, held, key, first, last) {
    held.busy = true;
    await pause(CALM);
    const body = { lane: lane.id, first, last, pieces: PIECES };
    try {
      held.answer = await this.link.act("timeline", "sample", body);
    } catch (error) {
      held.answer = { own: null, film: null, problem: error.problem };
    }
    held.key = key;
    held.busy = false;
    this.tell("values", lane.id);
  }

  /** The frames that are worth knowing: a little more than those that are seen, so that not each scroll asks. */
  frames() {
    const wide = 2 ** Math.ceil(Math.log2(Math.max(1, this.view.span * this.clock.fps * 1.5)));
    if (wide >= this.clock.frames) return [0, this.clock.frames - 1];
    const step = wide / 4;
    const first = Math.floor((this.view.from * this.clock.fps) / step) * step;
    return [Math.max(0, first), Math.min(this.clock.frames - 1, first + wide + step)].map(Math.round);
  }

  /** What a lane is at a second; null where that is not known yet. */
  valueAt(lane, second) {
    if (lane.shape === "keys") return keysAt(readKeys(lane.value, this.clock), second, this.clock);
    const own = this.sample(lane)?.own;
    if (!own) return null;
    const frame = second * this.clock.fps;
    return own.highs[Math.max(0, after(own.frames, frame + 0.5) - 1)];
  }
}

const withEdit = (lane, edit) => ({ ...lane, value: edit.value, shape: shapeOf(edit.value) });

/** Which curve a value is, as vidream.studio.lanes says it; "" for a number. */
export function shapeOf(value) {
  if (typeof value !== "object" || value === null) return "";
  const shape = ["keys", "sine", "cycle", "follow"].find((each) => each in value);
  const numbers = ["base", "amount"].every((each) => typeof (value[each] ?? 0) === "number");
  return shape && (shape !== "follow" || numbers) ? shape : "text";
}

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

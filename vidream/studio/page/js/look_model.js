/** The look as this page knows it: what the server last told, what is wanted of it and not yet answered, what is wrong. @module */

const PACE = 66; // ms between two edits of a drag: 15 a second
let gestures = 0;

/** A name for all that one drag does: it is one step of undo. @returns {string} */
export const newGesture = () => `drag-${(gestures += 1)}`;

/** What the Tune panel shows, and how it asks for changes. */
export class LookModel {
  /** @param {import("./link.js").Link} link */
  constructor(link) {
    this.link = link;
    /** The room's snapshot; null until the server has told it. */
    this.look = null;
    /** The files of the folder. */
    this.files = [];
    /** What the server keeps of every knob, by command; and the words that are chosen from. */
    this.schema = null;
    this.words = null;
    this.refused = new Map();
    this.wanted = new Map();
    this.listeners = new Set();
    this.layersOf = new Map();
    this.sending = false;
  }

  /** Fetch what never changes, then follow the look. */
  async begin() {
    const fetched = ["/look/schema", "/look/words"].map((address) => fetch(address).then((answer) => answer.json()));
    [this.schema, this.words] = await Promise.all(fetched);
    this.link.on("files", (data) => {
      this.files = [...(data?.files ?? []), ...(data?.helpers ?? [])];
      this.tell();
    });
    this.link.on("look", (look) => {
      this.look = look;
      this.tell();
    });
  }

  /** Call something after each change. @param {() => void} heard */
  listen(heard) {
    this.listeners.add(heard);
  }

  tell() {
    if (this.look) for (const heard of this.listeners) heard();
  }

  /** The panels of what is made now. */
  get panels() {
    return this.schema[this.look.schema] ?? this.schema[this.look.command];
  }

  /** What is wrong with a knob; "" for nothing. @param {string} knob its name; "" for what is about none. */
  problem(knob) {
    return this.refused.get(knob) ?? this.look.problems[knob] ?? "";
  }

  /** The layers of the network that dreams, or [] where they are not known. @returns {Promise<{name: string, channels: number}[]>} */
  layers() {
    const network = this.look.values.network ?? "";
    if (!this.layersOf.has(network)) {
      const asked = fetch(`/look/layers/${encodeURIComponent(network)}`).then((answer) => (answer.ok ? answer.json() : { layers: [] }));
      this.layersOf.set(network, asked.then(({ layers }) => layers).catch(() => []));
    }
    return this.layersOf.get(network);
  }

  /**
   * Want a knob to be something. While one edit is on its way, the newest of those that wait takes the place of the others.
   * @param {string} knob its name.
   * @param {any} value as TOML holds it; null takes it back to what the preset says.
   * @param {string} gesture of a drag; "" for none.
   */
  set(knob, value, gesture = "") {
    this.wanted.set(knob, { value, gesture });
    void this.send();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    while (this.wanted.size) {
      const [knob, { value, gesture }] = this.wanted.entries().next().value;
      this.wanted.delete(knob);
      await Promise.all([this.ask(knob, "set", { knob, value, gesture }), new Promise((done) => setTimeout(done, gesture ? PACE : 0))]);
    }
    this.sending = false;
  }

  /**
   * Ask for something, and keep what is refused beside its knob.
   * @param {string} knob beside which a refusal stands that names none.
   * @param {string} action of the room.
   * @param {object} body
   * @returns {Promise<any>} the answer; null: it was refused.
   */
  async ask(knob, action, body) {
    try {
      const answer = await this.link.act("look", action, body);
      if (this.refused.size) {
        this.refused.clear();
        this.tell();
      }
      return answer;
    } catch (error) {
      this.refused.set(error.knob ?? knob, error.problem ?? error.message);
      this.tell();
      return null;
    }
  }
}

/** A knob's name as people read it: "Octave ratio". @param {{flag: string}} knob */
export function labelOf(knob) {
  const words = knob.flag.slice(2).replaceAll("-", " ");
  return words[0].toUpperCase() + words.slice(1);
}

/** Whether a value is a curve. */
export const isCurve = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A number as people write it. */
export const figure = (value) => String(Number(Number(value).toPrecision(4)));

/** A value in a few characters, for tips. */
export function shortly(value) {
  if (value === null || value === undefined) return "nothing";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return figure(value);
  if (Array.isArray(value)) return value.length ? value.map(shortly).join(", ") : "the network's own";
  if (isCurve(value)) return value.name ? value.name : "a curve";
  return String(value);
}

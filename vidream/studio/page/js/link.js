/** What leads to the server: actions, what it pushes, and pictures. One socket, opened again whenever it is lost. @module */

const FIRST_WAIT = 250;
const LONGEST_WAIT = 4000;

/** What was asked for cannot be done: a sentence, and the knob that it is about, if it is about one. */
export class Problem extends Error {
  constructor(text, knob = null) {
    super(text);
    this.problem = text;
    this.knob = knob;
  }
}

/** The way to the server. */
export class Link {
  constructor() {
    /** This page's name among those that are open; new at each load. */
    this.tab = crypto.randomUUID();
    /** Whether the server answers. */
    this.open = false;
    this.last = new Map();
    this.listeners = new Map();
    this.pictures = new Map();
    this.wait = FIRST_WAIT;
    this.connect();
  }

  /**
   * Do something in a room.
   * @param {string} room its name.
   * @param {string} action its name there.
   * @param {object} body JSON.
   * @returns {Promise<any>} what the server answers; rejected with a Problem.
   */
  async act(room, action, body = {}) {
    let answer;
    try {
      answer = await fetch(`/do/${room}/${action}?tab=${this.tab}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
    } catch {
      throw new Problem("the studio does not answer; is it still running in its terminal?");
    }
    const content = await answer.json().catch(() => null);
    if (answer.ok) return content;
    throw new Problem(content?.problem ?? `the studio answered ${answer.status}; reload the page`, content?.knob ?? null);
  }

  /**
   * Hear what a room pushes; called at once with what came last.
   * @param {string} room its name; "link" tells true or false as the way opens and closes.
   * @param {(data: any) => void} heard called with each.
   */
  on(room, heard) {
    this.listen(this.listeners, room, heard);
    if (this.last.has(room)) heard(this.last.get(room));
  }

  /**
   * Get the pictures of a room.
   * @param {string} room its name.
   * @param {(header: object, jpeg: Blob) => void} shown called with each.
   */
  onPicture(room, shown) {
    this.listen(this.pictures, room, shown);
  }

  /**
   * Tell other parts of this page something, under a name of their own: emit("curve", "strength").
   * @param {string} name
   * @param {any} data
   */
  emit(name, data) {
    for (const heard of this.listeners.get(`page:${name}`) ?? []) heard(data);
  }

  /**
   * Hear what other parts of this page emit.
   * @param {string} name
   * @param {(data: any) => void} heard
   */
  when(name, heard) {
    this.listen(this.listeners, `page:${name}`, heard);
  }

  listen(table, name, heard) {
    if (!table.has(name)) table.set(name, new Set());
    table.get(name).add(heard);
  }

  connect() {
    const socket = new WebSocket(`ws://${location.host}/socket?tab=${this.tab}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = FIRST_WAIT;
      this.tell("link", (this.open = true));
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") {
        const { room, data: content } = JSON.parse(data);
        this.tell(room, content);
      } else {
        this.show(data);
      }
    };
    socket.onclose = () => {
      this.open = false;
      if (this.last.get("link") !== false) this.tell("link", false);
      setTimeout(() => this.connect(), this.wait);
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    };
  }

  tell(room, data) {
    this.last.set(room, data);
    for (const heard of this.listeners.get(room) ?? []) heard(data);
  }

  show(data) {
    const length = new DataView(data).getUint32(0);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    const jpeg = new Blob([new Uint8Array(data, 4 + length)], { type: "image/jpeg" });
    for (const shown of this.pictures.get(header.room) ?? []) shown(header, jpeg);
  }
}

/** Files on their way into the folder: one after the other, each with its progress, each can be left. @module */

import { Problem } from "./link.js";

const EVERY = 100;

/** What is brought into the folder. */
export class Uploads {
  /**
   * @param {import("./link.js").Link} link what leads to the server.
   * @param {() => void} changed called when something begins, goes on or ends.
   */
  constructor(link, changed) {
    this.link = link;
    this.changed = changed;
    /** What comes, and what waits for it: `{name, size, sent, checking}` each. */
    this.list = [];
    this.ready = Promise.resolve();
  }

  /**
   * Bring a file into the folder, when those before it have come.
   * @param {File} file
   * @param {number} largest bytes that are taken.
   * @param {string} path of the folder, for who must copy a larger one there.
   * @returns {Promise<object|null>} what the folder has now; null: it was left. Rejected with a Problem.
   */
  bring(file, largest, path) {
    if (file.size > largest) {
      const most = `${(largest / 1e9).toFixed(0)} GB`;
      const text = `${file.name}: is ${(file.size / 1e9).toFixed(1)} GB, larger than the ${most} that are taken here; `;
      return Promise.reject(new Problem(`${text}copy it into the folder yourself: ${path}`));
    }
    const upload = { name: file.name, size: file.size, sent: 0, checking: false, left: false, request: null };
    this.list.push(upload);
    this.changed();
    const coming = this.ready.then(() => this.send(file, upload));
    this.ready = coming.then(
      () => this.end(upload),
      () => this.end(upload),
    );
    return coming;
  }

  /** Leave a file that comes or waits. @param {object} upload one of the list. */
  leave(upload) {
    upload.left = true;
    upload.request?.abort();
    this.end(upload);
  }

  end(upload) {
    this.list = this.list.filter((each) => each !== upload);
    this.changed();
  }

  async send(file, upload) {
    if (upload.left) return null;
    await this.link.act("files", "offer", { name: file.name, size: file.size });
    if (upload.left) return null;
    return new Promise((done, failed) => this.put(file, upload, done, failed));
  }

  put(file, upload, done, failed) {
    const request = new XMLHttpRequest(); // fetch tells nothing of how far it is
    upload.request = request;
    let told = 0;
    request.upload.onprogress = ({ loaded, timeStamp }) => {
      upload.sent = loaded;
      upload.checking = loaded >= file.size;
      if (timeStamp - told < EVERY && !upload.checking) return;
      told = timeStamp;
      this.changed();
    };
    request.onload = () => {
      if (request.status === 200) return done(request.response);
      failed(new Problem(request.response?.problem ?? `the studio answered ${request.status}; reload the page`));
    };
    request.onerror = () => failed(new Problem(`${file.name}: broke off; is the studio still running in its terminal?`));
    request.onabort = () => done(null);
    request.responseType = "json";
    request.open("PUT", `/files/upload?${new URLSearchParams({ name: file.name, size: file.size })}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  }
}

/** Let files be dropped anywhere on the page. @param {(files: File[]) => void} dropped @param {HTMLElement} veil shown meanwhile. */
export function takeDrops(dropped, veil) {
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  let within = 0;
  const show = (count) => {
    const before = within;
    within = Math.max(0, count);
    if ((before === 0) === (within === 0)) return;
    if (within === 0) veil.hidePopover();
    else veil.showPopover(); // above a dialog that is open
  };
  addEventListener("dragenter", (event) => holds(event) && show(within + 1));
  addEventListener("dragleave", (event) => holds(event) && show(within - 1));
  addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault(); // else the browser would leave the page for the file
    event.dataTransfer.dropEffect = "copy";
  });
  addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    show(0);
    dropped([...event.dataTransfer.files]);
  });
}

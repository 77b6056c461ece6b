/** The sound under the film, played: the timeline's moment goes along. @module */

/** Plays the song, or the film's own sound. */
export class Player {
  /** @param {import("./curve_desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.audio = new Audio();
    this.audio.preload = "none";
    this.listeners = [];
    for (const name of ["play", "pause", "ended", "error"]) this.audio.addEventListener(name, () => this.changed());
  }

  /** Call something when it begins or ends. */
  listen(heard) {
    this.listeners.push(heard);
  }

  get playing() {
    return !this.audio.paused && !this.audio.ended;
  }

  /** The address of what is heard; null: nothing is, or it is no file of the studio's. */
  get address() {
    const { told, look, files } = this.desk;
    if (!told?.film?.sound) return null;
    const file = files.find((each) => each.name.split("/").pop() === told.film.sound && (each.id === look?.song || each.id === look?.source))
      ?? files.find((each) => each.name.split("/").pop() === told.film.sound);
    return file ? `/files/${file.kind}/${file.id}` : null;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.play();
  }

  async play() {
    const { address } = this;
    if (!address) return;
    if (!this.audio.src.endsWith(address)) this.audio.src = address;
    const { film } = this.desk.told;
    let from = this.desk.second;
    if (from >= this.desk.clock.last - 0.05) from = 0;
    this.audio.currentTime = from + film.start;
    await this.audio.play().catch(() => this.changed());
  }

  stop() {
    this.audio.pause();
  }

  /** Go on at another moment, if it plays. */
  seek(second) {
    if (this.playing) this.audio.currentTime = second + this.desk.told.film.start;
  }

  changed() {
    for (const heard of this.listeners) heard();
    if (this.playing) requestAnimationFrame(() => this.step());
    else if (this.stood) {
      this.stood = false;
      this.desk.goTo(this.desk.second);
    }
  }

  step() {
    if (!this.playing) return;
    const second = this.audio.currentTime - this.desk.told.film.start;
    if (second > this.desk.clock.last) {
      this.stop();
      return;
    }
    this.stood = true;
    this.desk.playing = true;
    this.desk.stand(Math.max(0, second));
    this.desk.playing = false;
    if (second > this.desk.view.to || second < this.desk.view.from) this.desk.view.show(second, second + this.desk.view.span);
    requestAnimationFrame(() => this.step());
  }
}

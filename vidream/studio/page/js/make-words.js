/** What the queue says in words: times, sizes, stages. @module */

/** What the engine calls a stage -> what a person reads. */
const STAGES = {
  listening: "listening to the song",
  "finding shots": "finding shots",
  "waking the network": "waking the network",
  "warming up": "warming up: the first frame of a shot takes longest",
  rendering: "dreaming",
  joining: "joining what was made",
};

/** @param {string} stage of the engine. */
export const stageWords = (stage) => STAGES[stage] ?? (stage || "beginning");

/** Seconds as a person says them: 27 s, 4 min 05 s, 2 h 07 min. @param {number} seconds */
export function span(seconds) {
  const total = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${two(total % 60)} s`;
  return `${Math.floor(total / 3600)} h ${two(Math.floor((total % 3600) / 60))} min`;
}

/** Bytes as a person says them. @param {number} count */
export function bytes(count) {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} GB`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} MB`;
  return `${Math.max(1, Math.round(count / 1e3))} kB`;
}

/** Px as a person reads them. @param {string} size such as "640x360". */
export const px = (size) => (size ?? "").replace("x", " × ");

/** "1 film", "3 films". @param {number} count @param {string} noun */
export const many = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/** What a film is made of and how, in one line. @param {object} item of the queue. */
export function madeOf(item) {
  const what = { video: "film", zoom: "zoom", image: "picture", music: "music" }[item.command] ?? item.command;
  return [what, item.look, item.song ? `${item.song} + ${item.source}` : item.source].filter(Boolean).join(" · ");
}

/** How far a film is that is being made. @param {object} item */
export function howFar(item) {
  if (!item.frames) return stageWords(item.stage);
  const of = item.total ? ` of ${item.total}` : "";
  const pace = item.pace ? `${item.pace < 10 ? item.pace.toFixed(2) : Math.round(item.pace)} s a frame` : "";
  const stage = { rendering: "", "warming up": "a new shot" }[item.stage] ?? stageWords(item.stage);
  return [`frame ${item.frames}${of}`, stage || pace].filter(Boolean).join(" · ");
}

/** The keys that play what is live: those of `vidream live`, in the page as in its window. @module */

import { onKey } from "./keys.js";

const NAMES = { up: "ArrowUp", down: "ArrowDown", left: "ArrowLeft", right: "ArrowRight", space: " ", enter: "Enter" };

/**
 * Let keys play, as soon as the server has said which there are.
 * @param {import("./link.js").Link} link
 * @param {() => boolean} when whether they play now.
 * @param {(said: string|null) => void} said told what a key did.
 * @param {(error: Error) => void} refused
 */
export function wireKeys(link, when, said, refused) {
  let wired = false;
  link.on("live", ({ keys }) => {
    if (wired) return;
    wired = true;
    for (const [name, about] of Object.entries(keys)) {
      const help = about === "look 1 of --looks" ? "Live: the look of that number" : /^look \d/.test(about) ? "" : `Live: ${about}`;
      onKey(NAMES[name] ?? name, help, () => link.act("live", "key", { key: name }).then((answer) => said(answer.said), refused), when);
    }
    onKey("0", "Live: your look, as it is tuned", () => link.act("live", "play", { number: 0 }).then(() => said(null), refused), when);
  });
}

/** The key, as a person reads it, of the look of a number. @param {number} number */
export const lookKey = (number) => (number <= 9 ? String(number) : "");

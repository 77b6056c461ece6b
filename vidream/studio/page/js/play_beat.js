/** The beat of a live dream: a light, the tempo, a place to tap, and what is listened to. @module */

import { el, refill } from "./dom.js";
import { button, iconButton } from "./parts.js";
import { tip } from "./tip.js";
import { complain } from "./toast.js";

/**
 * The parts of the beat.
 * @param {import("./link.js").Link} link
 * @returns {{element: HTMLElement, ears: HTMLElement, show: (live: object, files: object[]) => void, hear: (header: object) => void, stop: () => void}}
 */
export function beatPanel(link) {
  const order = (words) => link.act("live", "order", { order: words }).catch(complain);
  const tempo = el("span", { class: "play-tempo" }, "–");
  const pad = tip(el("button", { type: "button", class: "play-tap", "aria-label": "Tap the tempo" }, el("strong", {}, "TAP"), tempo), "Tap on the beat; three taps say how fast it is.", "Space");
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault(); // when the finger comes down, not when it leaves
    order("tap");
  });
  pad.addEventListener("click", (event) => event.detail === 0 && order("tap"));
  const lights = el("div", { class: "play-lights", "aria-hidden": "true" });
  const element = el(
    "div", { class: "play-beat" },
    pad,
    el(
      "div", { class: "column play-beat-side" },
      lights,
      el(
        "div", { class: "row" },
        iconButton("back", "Beats 10 ms earlier", () => order("nudge -0.01"), { kind: "", key: "←" }),
        iconButton("forward", "Beats 10 ms later", () => order("nudge 0.01"), { kind: "", key: "→" }),
        button("Bar", () => order("bar"), { tip: "The nearest beat is the first of its bar.", key: "Enter" }),
        button("Listen", () => order("listen"), { tip: "Beats as they are heard, whatever was tapped.", key: "L" }),
      ),
    ),
  );
  const light = wireLight(pad, lights, tempo);
  return { element, ...earsChoice(link), ...light };
}

/** Lights go by the tempo between two pictures, so that they are as even as the beat. */
function wireLight(pad, lights, tempo) {
  let beat = null;
  let frame = 0;
  let shown = -1;
  const tick = () => {
    frame = 0;
    if (!beat) return;
    const [speed, place, metre] = beat.of;
    if (lights.childElementCount !== metre) refill(lights, ...Array.from({ length: metre }, () => el("i")));
    const known = speed > 0;
    const now = known ? ((place - 1 + ((performance.now() - beat.at) / 60000) * speed) % metre) + 1 : 0;
    const whole = Math.floor(now);
    if (whole !== shown) {
      shown = whole;
      for (const [index, each] of [...lights.children].entries()) each.classList.toggle("on", index + 1 === whole);
      tempo.textContent = known ? speed.toFixed(1) : "no beat yet";
    }
    pad.style.setProperty("--glow", known ? Math.exp(-4 * (now - whole)).toFixed(3) : "0");
    frame = requestAnimationFrame(tick);
  };
  const hear = (header) => {
    if (!header.beat) return;
    if (beat && beat.of[0] !== header.beat[0]) shown = -1;
    beat = { of: header.beat, at: performance.now() };
    if (!frame) frame = requestAnimationFrame(tick);
  };
  const stop = () => {
    beat = null;
    shown = -1;
    pad.style.setProperty("--glow", "0");
    tempo.textContent = "–";
  };
  return { hear, stop };
}

function earsChoice(link) {
  const select = el("select", { "aria-label": "What is listened to" });
  const problem = el("span", { class: "problem" });
  const ears = el("div", { class: "play-ears" }, el("label", {}, el("span", { class: "soft" }, "Listens to"), select), problem);
  const valueOf = ({ kind, id }) => (kind === "file" ? `file ${id}` : kind);
  select.addEventListener("change", () => {
    const [kind, id] = select.value.split(" ");
    link.act("live", "ears", id ? { kind, id } : { kind }).catch((error) => {
      complain(error);
      select.value = "off";
    });
  });
  let listed = "";
  const show = (live, files) => {
    const songs = files.filter(({ kind, sound, problem: wrong }) => !wrong && (kind === "song" || (kind === "film" && sound)));
    const options = [["off", "nothing"], ["microphone", "the microphone"], ["speakers", "what this machine plays"], ...songs.map(({ id, name }) => [`file ${id}`, name])];
    if (JSON.stringify(options) !== listed) {
      listed = JSON.stringify(options);
      refill(select, ...options.map(([value, words]) => el("option", { value }, words)));
    }
    if (document.activeElement !== select) select.value = valueOf(live.chosen.ears);
    problem.textContent = live.ears.problem ?? (live.ears.state === "opening" ? "getting ready; the first time, up to two minutes" : "");
    problem.classList.toggle("waiting", !live.ears.problem);
  };
  return { ears, show };
}

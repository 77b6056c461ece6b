/** What is to be dreamed over, and how fast: chosen before a live dream begins, or while one plays. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { button, segmented } from "./parts.js";

const RATES = [["10", "10"], ["15", "15"], ["25", "25"], ["30", "30"]];
const SIZES = [["640", "640"], ["960", "960"], ["1280", "1280"], ["1920", "1920"]];

const same = (one, other) => one?.kind === other?.kind && one?.id === other?.id && (one?.camera ?? 0) === (other?.camera ?? 0);

/**
 * The panel that asks.
 * @param {(chosen: {source: object, rate: number, size: number}) => void} begin
 * @param {...HTMLElement} beside other buttons, for what can be done before.
 * @returns {{element: HTMLElement, show: (live: object, files: object[], look: object|null) => void}}
 */
export function startPanel(begin, ...beside) {
  let source = null;
  let touched = false;
  let cards = [];
  const list = el("div", { class: "play-sources", role: "radiogroup", "aria-label": "Source" });
  const rate = segmented("Pictures a second", RATES, "15", () => {});
  const size = segmented("Long side in pixels", SIZES, "960", () => {});
  const start = button("Start", () => begin({ source, rate: Number(rate.value), size: Number(size.value) }), { kind: "primary play-go", icon: "play" });
  const problem = el("p", { class: "problem play-problem", role: "alert" });
  const element = el(
    "div", { class: "play-start" },
    el("h2", {}, "What is dreamed over?"),
    list,
    el(
      "div", { class: "play-choices" },
      el("div", { class: "play-choice" }, el("span", {}, "Pictures a second"), rate),
      el("div", { class: "play-choice" }, el("span", {}, "Long side, px"), size),
      el("div", { class: "spring" }),
      ...beside,
      start,
    ),
    problem,
  );

  const pick = (wanted) => {
    source = wanted;
    for (const { card, of } of cards) {
      card.setAttribute("aria-checked", String(same(of, source)));
      card.tabIndex = same(of, source) || !source ? 0 : -1;
    }
    start.disabled = !source;
  };

  const card = (of, name, about, picture, drawn) => {
    const made = el(
      "button", { type: "button", role: "radio", class: "card play-source", title: name, onclick: () => { touched = true; pick(of); },
        ondblclick: () => begin({ source: of, rate: Number(rate.value), size: Number(size.value) }) },
      picture ? el("img", { src: picture, alt: "", loading: "lazy" }) : el("span", { class: "play-source-icon" }, icon(drawn)),
      el("span", { class: "play-source-name truncate" }, name),
      el("span", { class: "play-source-about truncate" }, about),
    );
    cards.push({ card: made, of });
    return made;
  };

  list.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    const at = cards.findIndex(({ card: each }) => each === document.activeElement);
    const next = cards[(at + way + cards.length) % cards.length];
    touched = true;
    pick(next.of);
    next.card.focus();
  });

  let listed = "";
  const show = (live, files, look) => {
    const usable = files.filter(({ kind, problem: wrong }) => kind !== "song" && !wrong).sort((one, other) => Boolean(one.recipe) - Boolean(other.recipe));
    const key = JSON.stringify([usable.map(({ id, thumb, seconds }) => [id, thumb, seconds]), live.cameras]);
    if (key !== listed) {
      listed = key;
      cards = [];
      const numbers = live.cameras ?? [0];
      refill(
        list,
        ...numbers.map((number) => card({ kind: "camera", camera: number }, numbers.length > 1 ? `Camera ${number}` : "Camera", "as it sees", null, "camera")),
        numbers.length ? null : card({ kind: "camera", camera: 0 }, "Camera", "none is plugged in", null, "camera"),
        card({ kind: "screen" }, "Screen", "what is on it", null, "screen"),
        card({ kind: "noise" }, "Noise", "a zoom into clouds", null, "noise"),
        ...usable.map((file) => card({ kind: "file", id: file.id }, file.name, about(file), file.thumb, file.kind === "film" ? "film" : "picture")),
      );
    }
    if (!touched) {
      rate.value = String(live.chosen.rate);
      size.value = String(live.chosen.size);
      const there = (of) => cards.some((each) => same(each.of, of));
      const first = usable.find(({ kind }) => kind === "film") ?? usable[0];
      const wanted = [live.chosen.source, { kind: "file", id: look?.source }, { kind: "file", id: first?.id }];
      source = wanted.find((each) => each && there(each)) ?? null;
    }
    pick(source);
    problem.textContent = live.problem;
    start.querySelector("span").textContent = live.phase === "off" ? "Start" : "Play this";
  };
  return { element, show };
}

function about({ kind, seconds }) {
  if (kind !== "film") return "a zoom without end";
  if (!seconds) return "again and again";
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole || "under 1"} s, again and again` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}, again and again`;
}

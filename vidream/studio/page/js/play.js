/** The workspace Play: a dream that is live, its looks, knobs and beat, and where it is shown. @module */

import { el, refill } from "./dom.js";
import { icon } from "./icons.js";
import { onKey } from "./keys.js";
import { wireKeys } from "./live_keys.js";
import { LiveScreen, watcher } from "./live_screen.js";
import { button } from "./parts.js";
import { beatPanel } from "./play_beat.js";
import { knobsPanel, looksPanel } from "./play_board.js";
import { startPanel } from "./play_start.js";
import { tools } from "./play_tools.js";
import { tip } from "./tip.js";
import { complain, toast } from "./toast.js";

const TOLD = 500;

/**
 * Fill the workspace, once.
 * @param {HTMLElement} element its region.
 * @param {import("./link.js").Link} link what leads to the server.
 */
export function mount(element, link) {
  const state = { live: null, files: [], look: null, workspace: "", choosing: false };
  const runs = () => Boolean(state.live) && state.live.phase !== "off";
  const act = (action, body = {}) => link.act("live", action, body);

  const screen = new LiveScreen(link);
  const picture = el("div", { class: "play-picture" }, screen.canvas("What is live"));
  const wait = el("div", { class: "play-wait", role: "status" }, el("div", { class: "busy" }), el("p", {}));
  const said = el("div", { class: "play-said", role: "status" });
  const strip = tools(link, { element: picture, choose: () => choose(!state.choosing) });
  const start = startPanel((chosen) => {
    state.choosing = false;
    act("start", chosen).catch((error) => {
      complain(error);
      state.choosing = runs();
      render();
    });
  }, ...strip.beside);
  const close = button("Go on with what plays", () => choose(false), { kind: "quiet" });
  start.element.querySelector(".play-choices").prepend(close);
  const middle = el("div", { class: "play-middle" }, picture, wait, said, start.element);
  const looks = looksPanel(link);
  const knobs = knobsPanel(link);
  const beat = beatPanel(link);
  const choose = (on) => {
    state.choosing = on;
    render();
  };
  const black = toggle("Black", "B", () => act("order", { order: "black" }).catch(complain));
  const freeze = toggle("Freeze", "Z", () => act("order", { order: "freeze" }).catch(complain));
  const status = statusLine(screen);
  const board = side(knobs, act, state);
  const deck = el(
    "div", { class: "play-deck" },
    beat.element,
    el("div", { class: "play-switches" }, black, freeze, bigButton("Next look", "N", () => act("order", { order: "next" }).catch(complain))),
    beat.ears,
  );
  element.classList.add("play");
  refill(element, strip.element, looks.element, middle, board.element, deck, status.element);

  const say = (text) => {
    if (!text) return;
    said.textContent = text;
    said.classList.remove("on");
    void said.offsetWidth; // the animation begins anew
    said.classList.add("on");
  };
  const watch = watcher(link);
  const monitor = wireMonitor(link, screen);

  function render() {
    const { live, files } = state;
    if (!live) return;
    const on = runs();
    element.classList.toggle("off", !on);
    element.classList.toggle("choosing", on && state.choosing);
    start.element.hidden = on && !state.choosing;
    close.hidden = !on;
    for (const each of strip.beside) each.hidden = on;
    if (!start.element.hidden) start.show(live, files, state.look);
    wait.hidden = live.phase !== "starting" && live.phase !== "ending";
    wait.querySelector("p").textContent = live.phase === "ending" ? "Ending…" : live.stage || "Starting…";
    picture.classList.toggle("waits", live.phase === "starting");
    strip.show(live, files);
    looks.show(live, aboutLook(state.look));
    knobs.show(live);
    board.show(live);
    beat.show(live, files);
    black.setAttribute("aria-pressed", String(Boolean(live.board?.black)));
    freeze.setAttribute("aria-pressed", String(Boolean(live.board?.frozen)));
    status.show(live);
    if (live.phase !== "playing") beat.stop();
    monitor.show(live, state.workspace);
    watch(on && state.workspace !== "make");
  }

  screen.onDrawn = (header) => beat.hear(header);
  screen.keepTime();
  link.on("live", (live) => {
    tellNews(state.live, live);
    state.live = live;
    render();
  });
  link.on("files", (files) => {
    state.files = files?.files ?? [];
    render();
  });
  link.on("look", (look) => {
    state.look = look;
    render();
  });
  link.when("workspace", (name) => {
    state.workspace = name;
    render();
  });
  const plays = () => state.workspace === "play" && state.live?.phase === "playing" && !state.choosing;
  wireKeys(link, plays, say, complain);
  onKey("f", "Live: full screen", strip.full, plays);
  onKey("d", "Live: second display", strip.stage, plays);
  letGo(element);
}

/** What is good to know when it comes: warnings, films that are done. */
function tellNews(before, live) {
  if (!before) return;
  const old = new Set(before.notes.map(({ text }) => text));
  for (const { text, warning } of live.notes) if (!old.has(text)) toast(text, warning ? "bad" : "");
  if (live.recorded && JSON.stringify(live.recorded) !== JSON.stringify(before.recorded)) {
    toast(live.recorded.problem || `${live.recorded.path} is recorded`, live.recorded.problem ? "bad" : "good");
  }
}

/** The side with the knobs. */
function side(knobs, act, state) {
  const problem = el("p", { class: "problem" });
  const keep = button(
    "Keep as look",
    () => act("keep").then(({ knobs: kept, look }) => toast(keptWords(kept, look), "good"), complain),
    { icon: "save", tip: "What plays, and what you turned of it, becomes the look of the page: save it, or make a film with it." },
  );
  const reset = button("Let go", () => act("order", { order: "reset" }).catch(complain), { icon: "reset", kind: "quiet", tip: "Every knob as the look has it.", key: "R" });
  const element = el(
    "aside", { class: "panel play-side", "aria-label": "Knobs of what is live" },
    el("div", { class: "panel-body" }, knobs.element),
    el("div", { class: "panel-foot" }, problem, el("div", { class: "row" }, keep, el("div", { class: "spring" }), reset), el("p", { class: "small faint" }, "What you turn in Look acts on your look here, too.")),
  );
  const show = (live) => {
    const turned = live.board?.turned.length ?? 0;
    reset.disabled = !turned || state.live.phase !== "playing";
    keep.disabled = (!turned && live.board?.playing === 0) || live.phase !== "playing";
    problem.textContent = live.tune_problem;
  };
  return { element, show };
}

const keptWords = (knobs, look) => {
  const what = knobs.length ? knobs.join(", ").replaceAll("_", " ") : "";
  return look === "your look" ? `kept in your look: ${what}` : `your look is ${look} now${what ? `, with ${what}` : ""}`;
};

function aboutLook(look) {
  if (!look) return "";
  const preset = look.preset.replace(/^looks\//, "").replace(/\.toml$/, "");
  const count = Object.keys(look.knobs ?? {}).length;
  return [preset || "plain", count ? `${count} turned` : ""].filter(Boolean).join(" + ");
}

function bigButton(label, key, act) {
  return el("button", { type: "button", class: "play-switch", onclick: act }, el("span", {}, label), el("kbd", {}, key));
}

function toggle(label, key, act) {
  const made = bigButton(label, key, act);
  made.setAttribute("aria-pressed", "false");
  return made;
}

/** How it goes, to be read at arm's length. */
function statusLine(screen) {
  const figure = (label) => ({ number: el("strong", {}, "–"), label });
  const parts = { shown: figure("shown a second"), dreamed: figure("dreamed a second"), delay: figure("ms behind"), dropped: figure("left out"), size: figure("px dreamed") };
  const words = el("div", { class: "play-troubles", role: "status" });
  const figures = Object.entries(parts).map(([name, { number, label }]) => el("span", { class: `play-figure of-${name}` }, number, ` ${label}`));
  const element = el("div", { class: "play-status" }, ...figures, el("div", { class: "spring" }), words);
  let live = null;
  const tell = () => {
    if (live?.phase !== "playing") return;
    const { rate, delay } = screen.figures();
    const { status } = live;
    parts.shown.number.textContent = rate.toFixed(1);
    parts.dreamed.number.textContent = status ? status.dream_rate.toFixed(1) : "–";
    parts.delay.number.textContent = status?.latency != null && delay !== null ? String(Math.round((status.latency + delay) * 1000)) : "–";
    parts.dropped.number.textContent = status ? String(status.dropped) : "–";
    parts.size.number.textContent = status?.size ? String(status.size) : "–";
  };
  setInterval(tell, TOLD);
  const show = (now) => {
    live = now;
    const { status } = live;
    const missed = status?.missed_rate ? [`cannot hold ${status.missed_rate} a second: fewer pictures, or another look`] : [];
    refill(words, ...[...missed, ...(status?.troubles ?? [])].map((text) => el("span", { class: "row" }, icon("error"), text)));
    if (live.phase === "playing") tell();
    else for (const { number } of Object.values(parts)) number.textContent = "–";
  };
  return { element, show };
}

/** A small picture of what is live, beside the knobs of Look, and a word in the bar, so that one knows what is turned. */
function wireMonitor(link, screen) {
  const go = () => link.emit("go", "play");
  const small = el("button", { type: "button", class: "live-monitor", "aria-label": "What is live; go to Play", hidden: true, onclick: go }, screen.canvas(""), el("span", { class: "play-live on" }, "LIVE"));
  const chip = el("button", { type: "button", class: "chip live-chip", hidden: true, onclick: go }, el("span", { class: "live-dot" }), el("span", {}, "Live"));
  tip(chip, "What you turn in Look acts at once on your look, which is live. Previews wait meanwhile.");
  document.getElementById("top-actions")?.prepend(chip);
  const show = (live, workspace) => {
    const on = live.phase === "playing";
    chip.hidden = live.phase === "off" || workspace === "play";
    small.hidden = !on || workspace !== "look";
    if (!small.isConnected && on) document.getElementById("canvas")?.append(small);
  };
  return { show };
}

/** What was pressed by a pointer does not keep the focus: the space bar taps, and arrows nudge. */
function letGo(element) {
  element.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest("button")) document.activeElement?.blur();
  });
  element.addEventListener("pointerup", (event) => {
    if (event.target.matches?.("input[type=range]")) event.target.blur();
  });
}

/** What is above a live dream: whether it plays and of what, recording, other displays, other programs. @module */

import { openDialog } from "./dialog.js";
import { el } from "./dom.js";
import { button, iconButton } from "./parts.js";
import { complain, toast } from "./toast.js";

const STAGE = "/page/stage.html";

/**
 * The strip above the picture.
 * @param {import("./link.js").Link} link
 * @param {{element: HTMLElement, choose: () => void}} of element: what goes over all of the screen; choose: shows the sources.
 * @returns {{element: HTMLElement, show: (live: object, files: object[]) => void, stage: () => void, full: () => void, beside: HTMLElement[]}}
 *   beside: what can be done before it plays.
 */
export function tools(link, { element: screen, choose }) {
  const othersButton = (kind) => button("Other programs", () => openOthers(link, () => now), { icon: "link", kind, tip: "An address for OBS and others that show pictures." });
  const stageButton = (kind) => button("Second display", () => openStage(), { icon: "screen", kind, tip: "A window with nothing but the picture.", key: "D" });
  const act = (action, body) => link.act("live", action, body).catch(complain);
  let now = {};
  const light = el("span", { class: "play-live" }, "LIVE");
  const name = button("", choose, { kind: "quiet play-source-now", tip: "Another source" });
  const since = el("span", { class: "soft" });
  const record = button("Record", () => act("record", { on: !now.recording }), { icon: "record", kind: "play-record", tip: "A film of the show, as it is shown, in this folder." });
  const full = () => (document.fullscreenElement ? document.exitFullscreen() : screen.requestFullscreen().catch(complain));
  const others = othersButton();
  const element = el(
    "div", { class: "play-tools" },
    light, name, since, el("div", { class: "spring" }),
    record, others,
    stageButton(),
    iconButton("full", "Full screen", full, { kind: "", key: "F" }),
    button("Stop", () => act("stop"), { icon: "stop", kind: "danger" }),
  );
  const show = (live, files) => {
    now = live;
    light.classList.toggle("on", live.phase === "playing");
    light.textContent = { starting: "STARTING", playing: "LIVE", ending: "ENDING" }[live.phase] ?? "OFF";
    name.querySelector("span").textContent = sourceName(live.chosen.source, files);
    since.textContent = live.status ? clock(live.status.second) : "";
    record.setAttribute("aria-pressed", String(Boolean(live.recording)));
    record.querySelector("span").textContent = live.recording ? "Recording" : "Record";
    record.disabled = live.phase !== "playing";
    others.querySelector("span").textContent = live.streams ? `Other programs · ${live.streams}` : "Other programs";
  };
  return { element, show, full, stage: openStage, beside: [stageButton("quiet"), othersButton("quiet")] };
}

/** What is dreamed over, in words. */
export function sourceName(source, files) {
  if (!source) return "nothing";
  if (source.kind === "camera") return source.camera ? `Camera ${source.camera}` : "Camera";
  if (source.kind === "file") return files.find(({ id }) => id === source.id)?.name ?? "a file that is gone";
  return { screen: "Screen", noise: "Noise" }[source.kind];
}

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60].map((part) => String(part).padStart(2, "0"));
  return parts[0] === "00" ? parts.slice(1).join(":") : parts.join(":");
};

/** Open the window that has nothing but the picture; on another display, where the browser knows of one and may. */
async function openStage() {
  let place = "width=960,height=540";
  try {
    if (screen.isExtended && window.getScreenDetails) {
      const { screens, currentScreen } = await window.getScreenDetails();
      const other = screens.find((each) => each !== currentScreen);
      if (other) place = `left=${other.availLeft},top=${other.availTop},width=${other.availWidth},height=${other.availHeight}`;
    }
  } catch {
    // it may not know: the window is moved by hand
  }
  const opened = window.open(STAGE, "vidream-stage", `popup,${place}`);
  if (!opened) toast("the browser has blocked the window; let this page open windows, and press again", "bad");
  else opened.focus();
}

function openOthers(link, live) {
  const address = () => `${location.origin}${live().stream}`;
  const field = el("input", { type: "text", readOnly: true, class: "mono play-address", "aria-label": "Address", value: address(), onfocus: () => field.select() });
  const count = el("p", { class: "soft", role: "status" });
  const tell = () => {
    field.value = address();
    const { streams } = live();
    count.textContent = streams ? `${streams} ${streams === 1 ? "program shows" : "programs show"} it now; up to 4 may.` : "No program shows it now; up to 4 may.";
  };
  const copy = () => navigator.clipboard.writeText(address()).then(() => toast("the address is copied", "good"), () => field.select());
  const renew = () => link.act("live", "renew").then(() => toast("the address is a new one; by the old one nothing is shown any more", "good"), complain);
  tell();
  const timer = setInterval(tell, 500);
  openDialog({
    title: "Other programs",
    body: [
      el("p", { class: "soft" }, "What is live, as pictures, for programs on this machine. In OBS: Sources, +, Browser; put the address in as its URL. VLC and web pages of your own take it, too."),
      el("div", { class: "row play-address-row" }, field, button("Copy", copy, { icon: "copy", kind: "primary" })),
      count,
      el("p", { class: "small faint" }, "Whoever has the address sees what is live, and can do nothing else. It holds until the studio is closed."),
    ],
    buttons: [button("New address", renew, { icon: "retry", tip: "Who shows it by the old one sees no more." })],
    onClose: () => clearInterval(timer),
  });
}

/** A window with nothing but what is live, for another display. @module */

import { el } from "./dom.js";
import { onKey } from "./keys.js";
import { Link } from "./link.js";
import { wireKeys } from "./live_keys.js";
import { LiveScreen, watcher } from "./live_screen.js";
import { complain } from "./toast.js";

const QUIET = 2500;

const link = new Link();
const screen = new LiveScreen(link);
const stage = document.getElementById("stage");
const hint = el("p", { class: "stage-hint" }, "Move this window to the other display, and press ", el("kbd", {}, "F"), " or click twice for full screen.");
const idle = el("p", { class: "stage-idle" }, "Nothing is live yet.");
stage.append(screen.canvas("What is live"), idle, hint);

const full = () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen().catch(complain));
let playing = false;
let timer = 0;

function wake() {
  stage.classList.remove("quiet");
  clearTimeout(timer);
  timer = setTimeout(() => stage.classList.add("quiet"), QUIET);
}

stage.addEventListener("dblclick", full);
document.addEventListener("pointermove", wake);
document.addEventListener("fullscreenchange", () => stage.classList.toggle("full", Boolean(document.fullscreenElement)));
onKey("f", "Full screen", full);
wireKeys(link, () => playing, () => {}, complain);
link.on("live", ({ phase }) => {
  playing = phase === "playing";
  stage.classList.toggle("plays", phase !== "off");
  idle.hidden = phase !== "off";
});
watcher(link)(true);
wake();

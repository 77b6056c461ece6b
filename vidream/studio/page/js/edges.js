/** Edges between the page's parts that can be dragged, and a drawer that closes; a browser remembers both. @module */

import { el } from "./dom.js";
import { icon } from "./icons.js";
import { onKey } from "./keys.js";

// a cookie, as the studio's port, and with it what else a browser keeps, is another at each start
const COOKIE = "vidream_panels";
const YEAR = 31536000;
const STEP = 16;

/** What can be dragged: which way it grows, its bounds in pixels. */
const EDGES = {
  gallery: { label: "Width of the gallery", axis: "x", sign: 1, low: 168, high: 560 },
  tune: { label: "Width of the knobs", axis: "x", sign: -1, low: 240, high: 640 },
  drawer: { label: "Height of the timeline", axis: "y", sign: -1, low: 96, high: 560 },
};

/** Put the edges in, and make the drawer close. */
export function wireEdges() {
  const kept = read();
  for (const [name, edge] of Object.entries(EDGES)) {
    if (Number.isFinite(kept[name])) set(name, kept[name]);
    const parent = name === "drawer" ? document.getElementById("drawer") : document.getElementById("work-look");
    parent.append(handle(name, edge));
  }
  const drawer = document.getElementById("drawer");
  const toggle = document.getElementById("drawer-toggle");
  const turn = (closed) => {
    drawer.classList.toggle("closed", closed);
    toggle.setAttribute("aria-expanded", String(!closed));
  };
  const press = () => {
    turn(!drawer.classList.contains("closed"));
    keep({ closed: drawer.classList.contains("closed") });
  };
  toggle.prepend(icon("chevron"));
  toggle.addEventListener("click", press);
  onKey("t", "Open or close the timeline", press, () => !document.getElementById("work-look").hidden);
  turn(kept.closed === true);
}

function handle(name, edge) {
  const upright = edge.axis === "x";
  const element = el("div", {
    class: `edge of-${name} ${upright ? "upright" : ""}`, role: "separator", tabIndex: 0, "aria-label": edge.label,
    "aria-orientation": upright ? "vertical" : "horizontal", "aria-valuemin": String(edge.low), "aria-valuemax": String(edge.high),
  });
  const size = () => parseFloat(getComputedStyle(document.documentElement).getPropertyValue(`--${name}`));
  const to = (wanted) => {
    set(name, Math.round(Math.min(edge.high, Math.max(edge.low, wanted))));
    element.setAttribute("aria-valuenow", String(size()));
  };
  element.setAttribute("aria-valuenow", String(size()));
  element.addEventListener("dblclick", () => {
    document.documentElement.style.removeProperty(`--${name}`);
    keep({ [name]: null });
  });
  element.addEventListener("keydown", (event) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!way || ["ArrowUp", "ArrowDown"].includes(event.key) === upright) return;
    event.preventDefault();
    to(size() + way * edge.sign * STEP);
    keep({ [name]: size() });
  });
  wireDrag(element, edge, size, to, () => keep({ [name]: size() }));
  return element;
}

function wireDrag(element, edge, size, to, done) {
  let from = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    from = { at: event[edge.axis], size: size() };
    element.classList.add("dragged");
    element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (from) to(from.size + edge.sign * (event[edge.axis] - from.at));
  });
  const end = () => {
    if (from) done();
    from = null;
    element.classList.remove("dragged");
  };
  element.addEventListener("pointerup", end);
  element.addEventListener("pointercancel", end);
}

const set = (name, pixels) => document.documentElement.style.setProperty(`--${name}`, `${pixels}px`);

function read() {
  const text = document.cookie.split("; ").find((each) => each.startsWith(`${COOKIE}=`));
  try {
    return JSON.parse(decodeURIComponent(text.slice(COOKIE.length + 1))) ?? {};
  } catch {
    return {};
  }
}

function keep(changes) {
  const value = encodeURIComponent(JSON.stringify({ ...read(), ...changes }));
  document.cookie = `${COOKIE}=${value}; path=/; max-age=${YEAR}; SameSite=Strict`;
}

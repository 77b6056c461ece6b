/** Canvases of the timeline: their colours, their size, grids, and lines. @module */

const style = getComputedStyle(document.documentElement);
const colours = new Map();

/** A colour of the page by its name in base.css. @param {string} name */
export function colour(name) {
  if (!colours.has(name)) colours.set(name, style.getPropertyValue(`--${name}`).trim());
  return colours.get(name);
}

/** The same, less opaque. @param {string} name @param {number} alpha 0..1 */
export const faint = (name, alpha) => `${colour(name)}${Math.round(alpha * 255).toString(16).padStart(2, "0")}`;

/** A canvas as sharp as the screen, empty. @returns {CanvasRenderingContext2D} whose unit is a CSS px. */
export function clean(canvas, width, height) {
  const ratio = devicePixelRatio || 1;
  const [wide, high] = [Math.max(1, Math.round(width * ratio)), Math.max(1, Math.round(height * ratio))];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

/** Upright lines at some seconds. */
export function uprights(context, view, seconds, top, bottom, colour, dash = []) {
  context.beginPath();
  context.setLineDash(dash);
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (const second of seconds) {
    const x = Math.round(view.x(second)) + 0.5;
    if (x < -1 || x > view.width + 1) continue;
    context.moveTo(x, top);
    context.lineTo(x, bottom);
  }
  context.stroke();
  context.setLineDash([]);
}

/** Whether moments that come so often can be told apart. @param {number[]} seconds rising @param {number} least px */
export function apart(view, seconds, least) {
  if (seconds.length < 2) return true;
  return (seconds[seconds.length - 1] - seconds[0]) / (seconds.length - 1) / view.perPixel >= least;
}

/** Steps of a ruler, seconds, so that labels have room. */
export function rulerStep(view, fps, room) {
  const steps = [1, 2, 5, 10].map((frames) => frames / fps).filter((step) => step < 0.5);
  const wanted = view.perPixel * room;
  return [...steps, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600].find((step) => step >= wanted) ?? 7200;
}

/** What lies outside of the film, darker. */
export function outside(context, desk, top, height) {
  const { view, clock } = desk;
  const [start, end] = [view.x(0), view.x(clock.seconds)];
  context.fillStyle = faint("panel", 0.85);
  if (start > 0) context.fillRect(0, top, start, height);
  if (end < view.width) context.fillRect(end, top, view.width - end, height);
}

/** Beats, bars, cuts behind a lane. */
export function grid(context, desk, height) {
  const { view, clock, music } = desk;
  outside(context, desk, 0, height);
  if (music && music.bars.length) {
    if (apart(view, music.beats, 12)) uprights(context, view, music.beats, 0, height, faint("line", 0.5));
    const bars = apart(view, music.bars, 8) ? music.bars : music.sections;
    uprights(context, view, bars, 0, height, colour("line"));
  } else {
    const step = rulerStep(view, clock.fps, 70);
    const first = Math.ceil(view.from / step);
    const seconds = Array.from({ length: Math.ceil(view.span / step) }, (_, index) => (first + index) * step);
    uprights(context, view, seconds, 0, height, faint("line", 0.7));
  }
  uprights(context, view, desk.cuts, 0, height, faint("info", 0.4), [3, 3]);
}

/** A line through points, and what lies under it. @param {[number, number][]} points */
export function line(context, points, { stroke, width = 1.75, fill = null, bottom = 0 }) {
  if (!points.length) return;
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  if (fill) {
    const path = new Path2D();
    for (const [x, y] of points) path.lineTo(x, y);
    path.lineTo(points[points.length - 1][0], bottom);
    path.lineTo(points[0][0], bottom);
    path.closePath();
    context.fillStyle = fill;
    context.fill(path);
  }
  context.strokeStyle = stroke;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.stroke();
}

/** Points of what the engine has reckoned: each piece from its lowest to its highest value. */
export function pointsOf(sampled, desk, y) {
  const { view, clock } = desk;
  const points = [];
  for (const [index, frame] of sampled.frames.entries()) {
    const x = view.x(frame / clock.fps);
    const next = view.x((sampled.frames[index + 1] ?? frame) / clock.fps);
    if (next < -20 || x > view.width + 20) continue;
    const [low, high] = [sampled.lows[index], sampled.highs[index]];
    if (low === high) points.push([x, y(low)]);
    else points.push([x, y(low)], [(x + next) / 2, y(high)]);
  }
  return points;
}

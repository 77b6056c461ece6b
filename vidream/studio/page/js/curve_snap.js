/** Where a key may go: on beats, bars, sections, cuts and frames; past no other, and not beyond the film's ends. @module */

import { after } from "./curve_clock.js";
import { leastGap } from "./curve_model.js";

/** Px within which a key is on what is near. */
export const NEAR = 8;

/**
 * A second as it is meant: on a beat, a bar, a section, a cut, the moment; else on a frame. With Alt or Ctrl as it is.
 * @param {import("./curve_desk.js").Desk} desk
 * @param {number} second
 * @param {{altKey?: boolean, ctrlKey?: boolean, metaKey?: boolean}} event
 */
export function snapped({ clock, view, music, cuts, second: moment }, second, event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return second;
  const beats = music && view.perPixel * NEAR * 2 < 0.25 ? music.beats : (music?.bars ?? []);
  let [best, least] = [clock.frameNear(second), NEAR * view.perPixel];
  for (const marks of [[0, moment].sort((a, b) => a - b), cuts, beats, music?.sections ?? []]) {
    for (const index of [after(marks, second) - 1, after(marks, second)]) {
      const far = Math.abs((marks[index] ?? Infinity) - second);
      if (far < least) [best, least] = [marks[index], far];
    }
  }
  return best;
}

/**
 * How much later some keys can be, of so much, so that none passes another that stays, nor the film's ends.
 * @param {object} curve
 * @param {[number, object][]} held their indexes, and what they were.
 * @param {number} later seconds.
 * @param {import("./curve_clock.js").FilmClock} clock
 */
export function allowed(curve, held, later, clock) {
  const moving = new Set(held.map(([index]) => index));
  const gap = leastGap(curve.unit, clock);
  let [least, most] = [-Infinity, Infinity];
  for (const [index, was] of held) {
    const [before, next] = [curve.keys[index - 1], curve.keys[index + 1]];
    least = Math.max(least, before && !moving.has(index - 1) ? before.second + gap - was.second : -was.second);
    const room = next && !moving.has(index + 1) ? next.second - gap : Math.max(was.second, clock.last);
    most = Math.min(most, room - was.second);
  }
  return Math.max(least, Math.min(most, later));
}

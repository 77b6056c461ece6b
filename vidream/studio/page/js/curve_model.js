/** Curves as they are written and as they are edited: keys, and what a curve is when it is new. @module */

import { EASES, after, plain, readTime, written } from "./curve_clock.js";

/**
 * A curve of keys, to be edited.
 * @param {object} raw as TOML holds it.
 * @param {import("./curve_clock.js").FilmClock} clock
 * @returns {{unit: string, ease: string, keys: {second: number, value: number, marker: string|null, raw: any}[]}}
 */
export function readKeys(raw, clock) {
  let unit = "seconds";
  const keys = raw.keys.map(([time, value]) => {
    const { place, unit: counted, marker = null } = readTime(time);
    unit = counted;
    const second = marker ? (clock.markers[marker.slice(1).trim()] ?? 0) : clock.second(place, counted);
    return { second, value, marker, raw: time };
  });
  return { unit, ease: raw.ease ?? "linear", keys };
}

/** The same as it is written; times that were not moved stay as they were, to the letter. */
export function writeKeys(curve, clock) {
  const keys = curve.keys.map((key) => [key.raw ?? written(clock.rounded(key.second, curve.unit), curve.unit), key.value]);
  return { keys, ...(curve.ease === "linear" ? {} : { ease: curve.ease }) };
}

/** Move a key in time: it is written anew, and no marker's any more. */
export function placeKey(key, second) {
  if (second !== key.second) Object.assign(key, { second, marker: null, raw: null });
}

/** The value of a curve of keys at a second. */
export function keysAt(curve, second, clock) {
  const { keys, unit, ease } = curve;
  const index = after(keys.map((key) => key.second), second);
  if (index === 0 || index === keys.length) return keys[Math.max(0, index - 1)].value;
  const [low, high] = [keys[index - 1], keys[index]];
  const [start, end, now] = [low.second, high.second, second].map((each) => clock.place(each, unit));
  return low.value + (high.value - low.value) * EASES[ease]((now - start) / (end - start));
}

/** Keys in another unit, each where it was as nearly as that unit says. */
export function inUnit(curve, unit, clock) {
  const keys = curve.keys.map((key) => ({ ...key, marker: null, raw: null }));
  for (const [index, key] of keys.entries()) {
    let place = clock.rounded(key.second, unit);
    const before = index ? clock.rounded(keys[index - 1].second, unit) : -1;
    if (place <= before) place = before + (unit === "frames" ? 1 : 0.001);
    key.second = clock.second(place, unit);
  }
  return { ...curve, unit, keys };
}

/** The least time between two keys, in seconds, so that neither is written as the other. */
export const leastGap = (unit, clock) => (unit === "frames" ? 1 / clock.fps : Math.max(0.002, clock.second(0.002, unit) - clock.second(0, unit)));

/**
 * What a number becomes where it begins to move.
 * @param {string} shape
 * @param {object} lane
 * @param {number} value what it is now.
 * @param {{clock: object, musical: boolean, of: string|null}} about where it moves.
 */
export function newCurve(shape, lane, value, { clock, musical, of }) {
  const [low, high] = usual(lane, value);
  const far = figure(Math.max(0.01, (high - low) * 0.25), lane.whole);
  const up = within(value + far, lane);
  if (shape === "sine") {
    const swing = figure(Math.min(far, lane.high - value, value - lane.low) || 0, lane.whole);
    const mean = swing ? value : figure((value + up) / 2, lane.whole);
    return { sine: [mean, swing || Math.abs(up - value) / 2], period: musical ? "4b" : "2s" };
  }
  if (shape === "cycle") return { cycle: [value, up === value ? within(value - far, lane) : up], every: musical ? "bars" : "2s", fade: musical ? "1b" : "0.5s" };
  if (shape === "follow") {
    const amount = up > value ? up - value : within(value - far, lane) - value;
    return { follow: "low", ...(musical || !of ? {} : { of }), base: value, amount: figure(amount) };
  }
  return { keys: [["0s", value], [written(clock.rounded(clock.last, "seconds") || 1, "seconds"), value]] };
}

/** The part of a lane's range in which people are, about a value. */
export function usual(lane, ...values) {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const wide = lane.high - lane.low;
  if (wide <= 1.5 || lane.whole && wide <= 12) return [lane.low, lane.high];
  const neutral = Math.min(Math.max(lane.low, 0), lane.high);
  const reach = Math.max(Math.abs(most - neutral), Math.abs(least - neutral), lane.whole ? 2 : 0.4) * 1.25;
  const low = least < neutral || most <= neutral ? neutral - reach : neutral; // of what is 0 and may be less, both sides
  return [Math.max(lane.low, nice(low, Math.floor)), Math.min(lane.high, nice(neutral + reach, Math.ceil))];
}

/** A number between a lane's bounds, with as many figures as anybody would write. */
export const within = (value, lane) => Math.min(lane.high, Math.max(lane.low, figure(value, lane.whole)));

/** A number without the rest that reckoning leaves. */
export const figure = (value, whole = false) => (whole ? Math.round(value) : Number(value.toPrecision(4)));

/** A value as it is shown, in as many figures as a lane of this span tells apart. */
export function shown(value, span) {
  const digits = Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.max(1e-6, span)))));
  return plain(Number(value.toFixed(digits)));
}

function nice(value, round) {
  if (value === 0) return 0;
  const step = 10 ** Math.floor(Math.log10(Math.abs(value))) / 4;
  return Number((round(value / step) * step).toPrecision(6));
}

/**
 * The whole value of a lane's knob with another value in this lane.
 * @param {object} lane
 * @param {any} value
 * @param {object[]} lanes all of the look's.
 */
export function knobValue(lane, value, lanes) {
  if (lane.kind === "number") return value;
  const parts = lanes.filter((each) => each.knob === lane.knob).sort((a, b) => a.part - b.part);
  const held = (each) => (each.id === lane.id ? value : each.value);
  if (lane.kind === "pair") return parts.map(held);
  return parts.map((each) => ({ name: each.name, weight: held(each) }));
}

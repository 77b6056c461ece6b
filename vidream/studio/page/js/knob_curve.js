/** Numbers that move: what a curve is in a few words, and the menu that makes one of a number. @module */

import { openMenu } from "./menu.js";
import { figure, isCurve } from "./look_model.js";

const SECONDS = 4;
const FOLLOWED_WORDS = { low: "the lows", mid: "the middle", high: "the highs", onset: "what is struck" };

/** A curve in a few words. @param {object} curve as TOML holds it. */
export function curveWords(curve) {
  if (curve.keys) return `${curve.keys.length} keys, ${figure(curve.keys[0][1])} to ${figure(curve.keys.at(-1)[1])}`;
  if (curve.sine) return `wave, ${figure(curve.sine[0])} ± ${figure(Math.abs(curve.sine[1]))}, ${curve.period}`;
  if (curve.cycle) return `in turn, every ${curve.every}`;
  if (curve.follow) return `follows ${FOLLOWED_WORDS[curve.follow] ?? curve.follow}${curve.of ? ` of ${curve.of}` : ""}`;
  return curve.sum ? "a sum of curves" : "a product of curves";
}

/** A number that a curve is near, for whoever wants it to hold still. @param {any} value */
export function stillValue(value) {
  if (!isCurve(value)) return value;
  const first = value.keys?.[0][1] ?? value.sine?.[0] ?? value.cycle?.[0] ?? value.base ?? (value.sum ?? value.product)?.[0] ?? 1;
  return isCurve(first) ? stillValue(first) : first;
}

const rounded = (value) => Number(value.toFixed(3));

/**
 * The curves that a number may begin as.
 * @param {number} value that it is.
 * @param {[number, number]} usual what it stays within.
 */
export function starts(value, usual) {
  const [low, high] = [Math.min(usual[0], value), Math.max(usual[1], value)];
  const room = high - low;
  const up = Math.min(high, value + room / 4);
  const down = Math.max(low, value - room / 4);
  const other = rounded(up - value >= value - down ? up : down);
  const swings = value - low > 0 && high - value > 0;
  const mean = swings ? value : rounded((value + other) / 2);
  const swing = Math.min(swings ? room / 8 : room, mean - low, high - mean, swings ? room : Math.abs(other - mean));
  return {
    keys: { keys: [["0s", value], [`${SECONDS}s`, other]], ease: "in-out" },
    sine: { sine: [mean, Math.floor(swing * 1000) / 1000], period: `${SECONDS / 2}s` },
    cycle: { cycle: [value, other], every: `${SECONDS / 2}s`, fade: "0.5s" },
    follow: (followed, of) => ({ follow: followed, ...(of ? { of } : {}), base: value, amount: rounded(other - value) }),
  };
}

/**
 * Open the menu of a number: which curve it shall be, or a number again.
 * @param {HTMLElement} anchor
 * @param {import("./look_model.js").LookModel} model
 * @param {{lane: string, value: any, usual: [number, number], set: (value: any) => void, reset?: () => void}} part lane: its name in the
 *   timeline: "strength", "drift x", "layer block4".
 * @param {{x: number, y: number}|null} point where it opens.
 */
export function openCurveMenu(anchor, model, part, point = null) {
  const made = starts(stillValue(part.value), part.usual);
  const make = (curve) => () => {
    part.set(curve);
    model.link.emit("curve", { lane: part.lane });
  };
  const moving = isCurve(part.value);
  const shape = (head, label) => ({ label, checked: moving && head in part.value && !(head === "follow" && part.value.of), act: make(made[head]) });
  const items = [
    ...(moving ? [{ label: "Show in the timeline", icon: "curve", act: () => model.link.emit("curve", part.lane) }, "-"] : []),
    { title: "Let it move" },
    shape("keys", "From key to key"),
    shape("sine", "In waves"),
    shape("cycle", "In turn"),
    { title: model.look.command === "music" ? "Follow the song" : "Follow a sound" },
    ...followed(model, made, make),
    ...(moving ? ["-", { label: `Hold still at ${figure(stillValue(part.value))}`, act: () => part.set(stillValue(part.value)) }] : []),
    ...(part.reset ? [{ label: "Reset", icon: "reset", act: part.reset }] : []),
  ];
  openMenu(anchor, items, point);
}

function followed(model, made, make) {
  if (model.look.command === "music") {
    const most = ["beats", "low", "mid", "high", "onset", "loudness"];
    return most.map((name) => ({ label: (FOLLOWED_WORDS[name] ?? name).replace(/^./, (letter) => letter.toUpperCase()), act: make(made.follow(name)) }));
  }
  const sounds = model.files.filter((file) => file.kind === "song").slice(0, 6);
  if (!sounds.length || model.look.command === "image") return [{ label: model.look.command === "image" ? "A picture has no time" : "No sound in the folder", disabled: true }];
  return sounds.map((file) => ({ label: file.name, icon: "sound", act: make(made.follow("loudness", file.id)) }));
}

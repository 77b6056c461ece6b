/** The dialog that makes a film of the look that is worked on. @module */

import { openDialog } from "./dialog.js";
import { el, refill } from "./dom.js";
import { choices, field, offers } from "./make-choices.js";
import { bytes, px, span } from "./make-words.js";
import { button } from "./parts.js";
import { complain, toast } from "./toast.js";

const REST = 350;
const NOUNS = { video: "film", zoom: "zoom", image: "picture", music: "music film" };
let open = false;

/** Ask what the film is to be, and queue it. @param {import("./link.js").Link} link */
export async function openMakeDialog(link) {
  if (open) return;
  open = true;
  try {
    show(link, await offers());
  } catch (error) {
    open = false;
    complain(error);
  }
}

function show(link, offered) {
  const command = link.last.get("look")?.command ?? "video";
  let timer = 0;
  let asked = 0;
  let closed = false;
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(plan, REST);
  };
  const name = el("input", { type: "text", autofocus: true, oninput: later, spellcheck: false });
  const chosen = choices(offered, later);
  const facts = el("p", { class: "make-facts", "aria-live": "polite" }, "…");
  const cost = el("p", { class: "soft small make-cost", "aria-live": "polite" });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const add = button("Make", queue, { kind: "primary", icon: "film" });
  chosen.command(command);
  const body = () => ({ name: name.value.trim(), ...chosen.value() });

  const dialog = openDialog({
    title: `Make this ${NOUNS[command] ?? command}`,
    body: [sourceLine(link), field("Name", name), chosen.rows, el("div", { class: "note column" }, facts, cost), problem],
    buttons: [el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"), add],
    onClose: () => {
      closed = true;
      open = false;
      clearTimeout(timer);
      link.listeners.get("queue.estimate")?.delete(heard);
    },
  });
  dialog.element.classList.add("make-dialog");
  dialog.element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input[type=text]")) queue();
  });
  link.last.delete("queue.estimate");
  link.on("queue.estimate", heard);
  plan();

  async function plan() {
    const number = (asked += 1);
    refill(cost, "");
    try {
      const found = await link.act("queue", "plan", body());
      if (closed || number !== asked) return;
      say("");
      name.placeholder ||= stem(found.file);
      refill(facts, el("span", { class: "strong" }, found.file), ` · ${found.total ? `${found.total} frame${found.total === 1 ? "" : "s"} · ` : ""}${px(found.size)}`);
      refill(cost, "trying a few frames, to say how long it takes …");
      await link.act("queue", "estimate", body());
    } catch (error) {
      if (!closed && number === asked) say(error.problem ?? error.message);
    }
  }

  function heard(answer) {
    if (closed || !answer || answer.number === undefined) return;
    if (answer.problem) refill(cost, answer.problem);
    else if (answer.seconds === null) refill(cost, "the source does not say how long it is");
    else if (answer.seconds !== undefined) {
      const disk = answer.bytes ? `, ${bytes(answer.bytes)}` : "";
      refill(cost, `about ${span(answer.seconds)} on this machine${disk}`);
    }
  }

  function say(text) {
    problem.textContent = text;
    problem.hidden = !text;
    add.disabled = Boolean(text);
    if (text) refill(facts, "It cannot be made so:");
  }

  async function queue() {
    add.disabled = true;
    try {
      const answer = await link.act("queue", "add", body());
      dialog.close();
      toast(answer.going ? "It is being made: see Make" : "It is queued; the queue is paused", "good");
      link.emit("go", "make");
    } catch (error) {
      say(error.problem ?? error.message);
      add.disabled = false;
    }
  }
}

const stem = (file) => file.split("/").slice(-1)[0].replace(/\.[^.]+$/, "");

/** What is dreamed of, and how. */
function sourceLine(link) {
  const look = link.last.get("look") ?? {};
  const files = link.last.get("files")?.files ?? [];
  const of = (id) => files.find((file) => file.id === id);
  const source = look.noise ? { name: "noise" } : of(look.source);
  const song = look.command === "music" ? of(look.song) : null;
  const picture = source?.thumb ? el("img", { class: "make-source", src: source.thumb, alt: "" }) : null;
  const changed = Object.keys(look.knobs ?? {}).length;
  const manner = [look.preset ? stem(look.preset) : "no preset", changed ? `${changed} knob${changed === 1 ? "" : "s"} changed` : ""].filter(Boolean).join(" · ");
  const words = [song?.name, source?.name ?? "no source yet"].filter(Boolean).join(" + ");
  return el("div", { class: "row make-of" }, picture, el("div", { class: "column" }, el("span", { class: "strong truncate" }, words), el("span", { class: "soft small truncate" }, manner)));
}

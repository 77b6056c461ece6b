/** The dialog that queues several looks of several sources, each a film of its own. @module */

import { openDialog } from "./dialog.js";
import { el, refill } from "./dom.js";
import { choices, field, offers } from "./make-choices.js";
import { many } from "./make-words.js";
import { button, segmented } from "./parts.js";
import { tip } from "./tip.js";
import { complain, toast } from "./toast.js";

const MOST = 500;

/** Ask which looks of which sources, and queue them. @param {import("./link.js").Link} link */
export async function openMatrix(link) {
  try {
    if (link.last.get("gallery")?.shelf !== "looks") link.act("gallery", "show", { shelf: "looks" }).catch(() => {});
    show(link, await offers());
  } catch (error) {
    complain(error);
  }
}

function show(link, offered) {
  const files = link.last.get("files")?.files ?? [];
  const look = link.last.get("look") ?? {};
  const sources = files.filter((file) => ["film", "picture"].includes(file.kind) && !file.problem && !file.recipe);
  const made = files.filter((file) => ["film", "picture"].includes(file.kind) && !file.problem && file.recipe);
  const songs = files.filter((file) => file.kind === "song" && !file.problem);
  const count = el("p", { class: "strong", "aria-live": "polite" });
  const problem = el("p", { class: "problem", role: "alert", hidden: true });
  const add = button("Queue", queue, { kind: "primary", icon: "layers" });
  const chosen = choices(offered, () => {});
  const pictures = segmented("Pictures", [["image", "a picture"], ["zoom", "a zoom"]], "image", () => counted());
  const song = el("select", { onchange: () => counted() }, el("option", { value: "" }, "no song"), ...songs.map((each) => el("option", { value: each.id }, each.name)));
  const current = { name: "", about: "The look that is worked on", title: "This look" };
  const looks = picker("Looks", [current, ...offered.looks].map((each) => ({ value: each.name, title: each.title ?? each.name, tip: each.about, picture: "" })), [""], counted);
  const drawn = () => looks.draw(stillsOf(link));

  const from = picker("Sources", [...sources, ...made].map((each) => ({ value: each.id, title: each.name, picture: each.thumb ?? "" })), look.source ? [look.source] : [], counted);
  const row = field("Make of each", pictures);
  const songRow = field("With a song", song);
  songRow.hidden = !songs.length;
  const dialog = openDialog({
    title: "Many looks of many sources",
    wide: true,
    onClose: () => link.listeners.get("gallery")?.delete(drawn),
    body: [el("div", { class: "make-matrix" }, from.element, looks.element), el("div", { class: "make-matrix" }, el("div", { class: "make-form" }, row, songRow), chosen.rows), problem],
    buttons: [count, el("span", { class: "spring" }), el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"), add],
  });
  dialog.element.classList.add("make-matrix-dialog");
  counted();
  link.on("gallery", drawn);

  /** The command that decides which choices there are: of a film, unless pictures alone are chosen. */
  function command() {
    if (song.value) return "music";
    const kinds = new Set(files.filter((file) => from.value().includes(file.id)).map((file) => file.kind));
    if (kinds.size === 1 && kinds.has("picture")) return pictures.value;
    return "video";
  }

  function counted() {
    const [some, others] = [looks.value().length, from.value().length];
    const all = some * others;
    const kinds = new Set(files.filter((file) => from.value().includes(file.id)).map((file) => file.kind));
    row.hidden = !kinds.has("picture") || Boolean(song.value);
    chosen.command(command());
    count.textContent = all ? `${many(some, "look")} of ${many(others, "source")}: ${many(all, command() === "image" ? "picture" : "film")}` : "Choose looks and sources";
    add.disabled = !all || all > MOST;
    problem.textContent = all > MOST ? `At most ${MOST} at once; choose fewer` : "";
    problem.hidden = !problem.textContent;
  }

  async function queue() {
    add.disabled = true;
    try {
      const body = { ...chosen.value(), looks: looks.value(), sources: from.value(), pictures: pictures.value, song: song.value || null };
      const answer = await link.act("queue", "matrix", body);
      dialog.close();
      toast(`${many(answer.added.length, "film")} queued`, "good");
    } catch (error) {
      problem.textContent = error.problem ?? error.message;
      problem.hidden = false;
      add.disabled = false;
    }
  }
}

/** The gallery's pictures of looks on the own frame, by their names, where it has made them. */
function stillsOf(link) {
  const cells = link.last.get("gallery")?.cells ?? [];
  return new Map(cells.filter((cell) => cell.still).map((cell) => [cell.title, `/gallery/kept/${cell.still}`]));
}

/** What a card shows: its picture and name; its name and what it is like, where there is no picture. */
function face(card, each) {
  const picture = each.picture ? el("img", { src: each.picture, alt: "", loading: "lazy" }) : null;
  refill(card, picture, el("span", { class: "truncate small" }, each.title), picture ? null : el("span", { class: "make-pick-about faint" }, each.tip ?? ""));
}

/** A field of cards, several of which can be chosen. */
function picker(label, rows, chosen, changed) {
  const set = new Set(chosen);
  const head = el("span", { class: "group-title" });
  const cards = rows.map((each) => {
    const card = el("button", { type: "button", class: "card make-pick", "aria-pressed": String(set.has(each.value)), onclick: () => toggle(each.value, card) });
    face(card, each);
    return each.tip ? tip(card, each.tip) : card;
  });
  const say = () => (head.textContent = `${label}: ${set.size || "none"} chosen`);
  const toggle = (value, card) => {
    if (!set.delete(value)) set.add(value);
    card.setAttribute("aria-pressed", String(set.has(value)));
    say();
    changed();
  };
  const all = (on) => {
    rows.forEach((each, index) => {
      if (on) set.add(each.value);
      else set.delete(each.value);
      cards[index].setAttribute("aria-pressed", String(on));
    });
    say();
    changed();
  };
  /** Show pictures that have come meanwhile. @param {Map<string, string>} pictures by title. */
  const draw = (pictures) =>
    rows.forEach((each, index) => {
      const picture = pictures.get(each.title) ?? "";
      if (picture && picture !== each.picture) face(cards[index], Object.assign(each, { picture }));
    });
  say();
  const tools = el("div", { class: "row" }, head, el("span", { class: "spring" }), button("All", () => all(true), { kind: "quiet small" }), button("None", () => all(false), { kind: "quiet small" }));
  const grid = el("div", { class: "make-picks", role: "group", "aria-label": label });
  refill(grid, ...(cards.length ? cards : [el("p", { class: "soft small" }, "Nothing is here yet; drop films or pictures onto the page.")]));
  return { element: el("div", { class: "column" }, tools, grid), draw, value: () => rows.map((each) => each.value).filter((value) => set.has(value)) };
}

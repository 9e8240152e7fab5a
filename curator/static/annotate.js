// The annotate page: one photo after another without leaving it, keys for everything, and nothing lost.

import { loadPhoto, Prefetch } from "./prefetch.js";
import { csrfToken, read, send } from "./api.js";
import { askWhich } from "./conflict.js";
import { RatingEditor } from "./rating-editor.js";
import { fromServer } from "./entry.js";
import { excludeDialog } from "./exclude.js";
import { bindKeys, fillHelp } from "./keys.js";
import { Appearance } from "./appearance.js";
import { showCounts, QueueProgress } from "./queues.js";
import { SavingAbandoned, Saving } from "./saving.js";
import { Stage, stageKeys } from "./stage.js";
import { t } from "./translation.js";

const $ = (selector) => document.querySelector(selector);
const bench = $(".bench");
const form = $("#rating");
const plate = $(".plate");
const help = $("#help");
const { rater, queue } = bench.dataset;
const mayRate = !form.querySelector("fieldset").disabled;

const prefetch = new Prefetch(bench.dataset.ahead);
const progress = new QueueProgress(bench.dataset.counts, queue);
const saving = new Saving(tellState);
const editing = new RatingEditor(form, plate, { rater, queue, mayRate, say, isFrozen, changed: tellChange });
const appearance = new Appearance(
  plate,
  { brightness: $("#brightness"), contrast: $("#contrast") },
  $('button[data-action="redness"]'),
);
const stage = new Stage($(".stage"), plate, {
  changed: (it) => {
    $("#zoom").textContent = `${Math.round(it.scale * 100)}%`;
    appearance.sharpen(it.width).catch(() => {}); // the picture that is there stays
  },
  mayDrag: (event) => !editing.editor?.tool && !event.target.closest(".a9s-annotation"),
  pinched: () => editing.editor?.dropBegun(),
});

let photo = JSON.parse(bench.dataset.photo);
let before = null; // the photo shown before this one
let isMoving = false; // on the way to another photo
let isLeaving = false;
let lastSaid = "";

function isFrozen() {
  return isMoving || saving.state === "saving";
}

// -- One photo on the page

function open(next, image) {
  photo = next;
  document.title = `${photo.title} · Malar`;
  $("#title").textContent = photo.title;
  $("#notices").innerHTML = photo.notices;
  $("#facts").innerHTML = photo.facts;
  form.action = photo.address;
  for (const [action, address] of Object.entries(photo.addresses)) {
    for (const link of document.querySelectorAll(`a[data-action="${action}"]`)) link.href = address;
    for (const other of document.querySelectorAll(`form[data-to="${action}"]`)) other.action = address;
  }
  appearance.open(photo, image);
  stage.open(photo.width, photo.height);
  editing.open(photo);
}

// -- What the page tells

function say(text, ...more) {
  const message = $("#message");
  message.replaceChildren(...(text ? [text, ...more] : []));
  message.className = text ? "notice problem" : "";
}

/** What every page tells of a lost connection hides this, and takes its place. */
function sayUnreachable(text) {
  say(text);
  $("#message").classList.add("unreachable");
}

function tellChange() {
  if (saving.state) return;
  if (editing.isDirty) lastSaid = "";
  tellState("");
}

function tellState(state) {
  const isDraft = !state && editing.isDirty;
  const kept = editing.drafts.works
    ? t("Not saved yet; a draft is kept.")
    : t("Not saved yet; this browser keeps no drafts.");
  const texts = {
    saving: t("Saving…"),
    offline: t("Offline: the rating waits here and is saved as soon as the server answers. Enter tries now."),
    "": lastSaid || (isDraft ? kept : ""),
  };
  $("#state").textContent = texts[state];
  if (state === "offline") $("#told").textContent = texts.offline;
  $("#state").dataset.state = state || (isDraft ? "draft" : "");
  form.elements.note.readOnly = state === "saving";
}

function announce() {
  $("#told").textContent = [lastSaid, `${photo.title}.`, progress.text].filter(Boolean).join(" ");
}

// -- From photo to photo

/** Run one way to another photo at a time; what fails is said, and the photo stays. */
async function moving(run) {
  if (isFrozen()) return;
  isMoving = true;
  saving.abandon();
  try {
    await run();
  } catch (refused) {
    explain(refused);
  } finally {
    isMoving = false;
  }
}

function show({ photo: next, image }, { push = true } = {}) {
  before = photo;
  form.elements.note.blur(); // saved from within it, the next photo's keys would be written there
  open(next, image);
  if (push) history.pushState(null, "", photo.address);
  announce();
  prefetch.fill(photo.id);
}

async function goTo(address, options) {
  const next = loadPhoto(await read(address));
  await next.ready;
  show(next, options);
}

async function goOn(address) {
  const next = await prefetch.take();
  if (next) show(next);
  else leave(address);
}

function leave(address) {
  isLeaving = true;
  location.assign(address);
}

/** The photos that this page keeps from others, as a form that needs no header. */
function held() {
  const data = new FormData();
  data.set("csrf_token", csrfToken());
  for (const { id } of [photo, ...prefetch.photos]) data.append("photo", id);
  return data;
}

function letGo() {
  if (mayRate) navigator.sendBeacon(bench.dataset.letGo, held());
}

function skip() {
  if (!mayRate) return leave(photo.addresses.skip);
  send(photo.addresses.let_go, new FormData()).catch(() => {}); // then it is handed on later
  lastSaid = "";
  moving(() => goOn(photo.addresses.skip));
}

function previous() {
  moving(async () => {
    const { next } = await read(photo.addresses.previous);
    lastSaid = "";
    await goTo(next);
  });
}

// -- Saving

async function save() {
  if (!mayRate || isFrozen()) return;
  if (saving.state === "offline") return saving.again();
  const problem = editing.missing();
  if (problem) return say(problem);
  say("");
  const saved = photo;
  try {
    await saving.run(
      saved.address,
      () => new FormData(form),
      () => editing.value,
    );
    isMoving = true;
    noteSaved(saved);
    if (queue === "adjudicate") leave(saved.addresses.saved);
    else await goOn(saved.addresses.saved);
  } catch (refused) {
    if (!(refused instanceof SavingAbandoned)) await explain(refused);
  } finally {
    isMoving = false;
  }
}

function noteSaved(saved) {
  editing.noteSaved();
  lastSaid = t("Photo %(id)s is saved.", { id: saved.id });
  progress.noteSaved(saved);
}

async function explain(refused) {
  if (refused.status === 401) {
    const link = Object.assign(document.createElement("a"), {
      href: "/signin",
      target: "_blank",
      textContent: t("sign in in a new tab"),
    });
    return say(t("You are not signed in any more. What you entered is still here: "), link, t(", then save again."));
  }
  if (refused.kind === "offline") return sayUnreachable(refused.message);
  if (refused.kind === "over eyes") return say(refused.message, " ", button(t("Save all the same"), saveOverEyes));
  if (refused.kind === "stale" && refused.photo?.own) return chooseVersion(refused.photo);
  say(refused.message);
}

function saveOverEyes() {
  editing.insistOnEyes();
  save();
}

/** The rating was saved elsewhere meanwhile: show that one beside this one, and let the rater choose. */
async function chooseVersion(newer) {
  say(t("This photo was rated meanwhile, perhaps in another tab. Save again to choose which version counts."));
  const wordOf = (name, value) =>
    form.querySelector(`[name="${name}"][value="${value}"]`)?.parentElement.querySelector("span").textContent ?? value;
  const choice = await askWhich($("#conflict"), { photo, mine: editing.value, theirs: fromServer(newer.own), wordOf });
  if (choice === "keep") {
    editing.entry.version = newer.version;
    save();
  } else if (choice === "take") {
    photo = newer;
    editing.drafts.drop(photo.id);
    editing.open(photo);
  }
}

function button(text, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
  made.addEventListener("click", run);
  return made;
}

/** Post a change beside the rating; say what came of it. */
async function post(address, data) {
  const { said } = await send(address, data);
  lastSaid = said;
  tellState("");
}

function samePerson() {
  const data = new FormData();
  if (before) data.set("other", before.id);
  post(photo.addresses.same_person, data).then(announce, explain);
}

const askReason = excludeDialog($("#excluding"), $("#exclude"), (data) =>
  moving(async () => {
    await post(photo.addresses.exclude, data);
    editing.drafts.drop(photo.id);
    progress.readLater();
    await goOn(photo.addresses.skip);
  }),
);

// -- Keys

const drawing = (run) => () => editing.draw(run);
const choiceKeys = (group, name, rows) =>
  rows.map(([value, key, says]) => ({
    group,
    action: value,
    keys: [key],
    says,
    run: () => editing.choose(name, value),
  }));

const [RATE, DRAW, LOOK, GO] = [t("Rate"), t("Region"), t("Look"), t("Go on")];

// biome-ignore format: a row of the table is a line
export const KEYS = [
  ...choiceKeys(RATE, "label", [["positive", "1", t("Positive")], ["negative", "2", t("Negative")], ["unsure", "3", t("Unsure")]]),
  ...choiceKeys(RATE, "sex", [["female", "f", t("Female")], ["male", "m", t("Male")], ["unknown", "u", t("Sex unknown")]]),
  ...choiceKeys(RATE, "evidence", [
    ["hashtag", "4", t("Evidence: hashtag")],
    ["self_report", "5", t("Evidence: self-report")],
    ["visual", "6", t("Evidence: visual")],
    ["clinician", "7", t("Evidence: clinician")],
  ]),
  { group: RATE, action: "note", keys: ["n"], says: t("Write a note; Esc leaves the field"), run: () => form.elements.note.focus() },
  { group: RATE, action: "undo", keys: ["ctrl+z"], says: t("Undo the last change of this photo"), unmarked: true, run: () => editing.undo() },
  { group: RATE, action: "redo", keys: ["ctrl+shift+z", "ctrl+y"], says: t("Redo"), unmarked: true, run: () => editing.redo() },
  { group: DRAW, action: "rectangle", keys: ["r"], says: t("Draw a rectangle; it replaces the region"), run: drawing((it) => it.draw("rectangle")) },
  { group: DRAW, action: "polygon", keys: ["p"], says: t("Draw a polygon; it replaces the region"), run: drawing((it) => it.draw("polygon")) },
  { group: DRAW, action: "suggested", keys: ["t"], says: t("Take the suggested region"), run: () => editing.takeSuggested() },
  { group: DRAW, action: "copy", keys: ["c"], says: t("Copy the region saved last"), run: () => editing.takeLast() },
  { group: DRAW, action: "place", keys: ["g"], says: t("Put a rectangle in the middle; arrows move it, Shift and arrows resize it"), run: drawing((it) => it.place()) },
  { group: DRAW, action: "remove", keys: ["delete", "backspace"], says: t("Delete the region, or its selected corner"), run: () => editing.remove() },
  { group: DRAW, action: "cancel", keys: ["escape"], says: t("Stop drawing"), run: () => editing.cancel() },
  { group: LOOK, action: "redness", keys: ["v"], says: t("Held: redness, dark to light"), run: () => appearance.showRedness(true), release: () => appearance.showRedness(false), click: () => appearance.showRedness(!appearance.showsRedness) },
  ...stageKeys(stage, LOOK),
  { group: LOOK, action: "brighter", keys: ["]"], says: t("Brighter"), repeats: true, run: () => appearance.change("brightness", 1) },
  { group: LOOK, action: "darker", keys: ["["], says: t("Darker"), repeats: true, run: () => appearance.change("brightness", -1) },
  { group: LOOK, action: "more_contrast", keys: ["."], says: t("More contrast"), repeats: true, run: () => appearance.change("contrast", 1) },
  { group: LOOK, action: "less_contrast", keys: [","], says: t("Less contrast"), repeats: true, run: () => appearance.change("contrast", -1) },
  { group: LOOK, action: "plain", keys: ["o"], says: t("Light as it is in the photo"), run: () => appearance.plain() },
  { group: GO, action: "save", keys: ["enter", "ctrl+enter"], says: t("Save and next"), run: () => void save() },
  { group: GO, action: "skip", keys: ["s"], says: t("Skip: the next photo, nothing saved; a draft stays"), run: skip },
  { group: GO, action: "previous", keys: ["b"], says: t("Back to the photo rated before"), run: previous },
  { group: GO, action: "same_person", keys: ["j"], says: t("Same person as on the photo before"), run: () => (mayRate ? samePerson() : false) },
  { group: GO, action: "exclude", keys: ["x"], says: t("Exclude the photo, with a reason"), run: () => askReason() },
  { group: GO, action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

// -- Beginning

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.elements.note.addEventListener("keydown", (event) => {
  if (event.key === "Escape") form.elements.note.blur();
});
$('[data-action="discard"]').addEventListener("click", () => editing.discard());
$("#notices").addEventListener("submit", (event) => {
  event.preventDefault();
  moving(async () => {
    await post(event.target.action, new FormData(event.target));
    await goTo(photo.address, { push: false });
  });
});
window.addEventListener(
  "keydown",
  (event) => {
    if (isFrozen() || !editing.editor?.nudgeByKey(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // zoomed in, the photo would move as well
  },
  { capture: true },
);
window.addEventListener("reachable", () => {
  if ($("#message.unreachable")) say(t("The server answers again: try once more."));
});
window.addEventListener("popstate", () => {
  const here = location.pathname + location.search;
  if (here !== photo.address) moving(() => goTo(here, { push: false }));
});
window.addEventListener("beforeunload", (event) => {
  const isUnsafe = saving.state || (!editing.drafts.works && editing.isDirty);
  if (!isLeaving && isUnsafe) event.preventDefault();
});
// Who leaves the page is done with its photos: others need not wait for them.
window.addEventListener("pagehide", letGo);
// Who signs out is nobody any more when the page is left.
document.addEventListener(
  "submit",
  (event) => event.target.matches("[data-signs-out]") && !event.defaultPrevented && letGo(),
);
// Seen again, it takes them anew: another tab of the same rater may have let them go.
window.addEventListener("pageshow", (event) => event.persisted && prefetch.fill(photo.id));
document.addEventListener("visibilitychange", () => document.hidden || prefetch.fill(photo.id));

document.documentElement.classList.add("scripted");
open(photo, $("#photo"));
bindKeys(KEYS);
fillHelp(help, KEYS);
showCounts(document.querySelector(".queues"));
await editing.openEditor();
for (const bar of document.querySelectorAll(".toolbar"))
  bar.hidden = bar.matches(":not(.view-tools)") && !(editing.editor && mayRate);
bench.dataset.ready = "yes";
progress.read();
prefetch.fill(photo.id);

// The annotate page: one photo after another without leaving it, keys for everything, and nothing lost.

import { Ahead, loading } from "./ahead.js";
import { read, send } from "./api.js";
import { askWhich } from "./conflict.js";
import { Drafts } from "./drafts.js";
import { EntryForm, fromServer, saysTheSame } from "./entry.js";
import { excludeDialog } from "./exclude.js";
import { EyesLine } from "./eyes.js";
import { bindKeys, fillHelp } from "./keys.js";
import { Looks } from "./looks.js";
import { showCounts, Standing } from "./queues.js";
import { RegionEditor } from "./region.js";
import { Dropped, Saving } from "./saving.js";
import { View, viewKeys } from "./view.js";
import { t } from "./words.js";

const $ = (selector) => document.querySelector(selector);
const bench = $(".bench");
const form = $("#rating");
const plate = $(".plate");
const help = $("#help");
const { rater, queue } = bench.dataset;
const mayRate = !form.querySelector("fieldset").disabled;
const LAST_REGION = `malar.region.${rater}`;

const entry = new EntryForm(form);
const drafts = new Drafts(rater, queue);
const ahead = new Ahead(bench.dataset.ahead);
const standing = new Standing(bench.dataset.counts, queue);
const saving = new Saving(tellState);
const eyes = new EyesLine(plate);
const looks = new Looks(plate, { brightness: $("#brightness"), contrast: $("#contrast") }, $('button[data-action="redness"]'));
const view = new View($(".stage"), plate, {
  changed: (it) => {
    $("#zoom").textContent = `${Math.round(it.scale * 100)}%`;
    looks.sharpen(it.width).catch(() => {}); // the picture that is there stays
  },
  mayDrag: (event) => !editor?.tool && !event.target.closest(".a9s-annotation"),
  pinched: () => editor?.dropBegun(),
});

let photo = JSON.parse(bench.dataset.photo);
let before = null; // the photo shown before this one
let editor = null;
let start = null; // what the form held before the rater changed it
let usualEvidence = entry.value.evidence;
let isMoving = false; // on the way to another photo
let isLeaving = false;
let saidNoRegion = false;

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
  looks.open(photo, image);
  view.open(photo.width, photo.height);
  eyes.open(photo);
  openEntry();
}

function openEntry() {
  const own = fromServer(photo.own);
  const draft = mayRate ? drafts.find(photo.id) : null;
  const suggested = photo.suggestion?.region ?? "";
  start = own ?? { label: "", sex: "", evidence: usualEvidence, region: suggested, note: "", over_eyes: "" };
  entry.begin(draft?.entry ?? start, draft?.version ?? photo.version);
  $("#draft").hidden = !draft;
  saidNoRegion = false;
  say("");
  editor?.open(photo.width, photo.height, entry.value.region, { editable: mayRate });
  tell();
}

function changed() {
  entry.noteChange();
  keepDraft();
  say("");
  tell();
}

function regionChanged(region) {
  form.elements.region.value = region;
  form.elements.over_eyes.value = "";
  changed();
}

function keepDraft() {
  if (saysTheSame(entry.value, start)) drafts.drop(photo.id);
  else drafts.keep(photo.id, entry.version, entry.value);
}

function discard() {
  drafts.drop(photo.id);
  openEntry();
}

// -- What the page tells

function say(text, ...more) {
  const message = $("#message");
  message.replaceChildren(...(text ? [text, ...more] : []));
  message.className = text ? "notice problem" : "";
}

function tell() {
  const { region } = entry.value;
  const isSuggested = Boolean(region) && !photo.own && region === photo.suggestion?.region;
  const reaches = eyes.check(region);
  $(".stage").classList.toggle("suggested", isSuggested);
  $("#drawing-hint").classList.toggle("warned", reaches);
  $("#drawing-hint").textContent = hint(isSuggested, reaches);
  if (!saving.state) tellState("");
}

function hint(isSuggested, reaches) {
  if (!editor) return t("Regions cannot be drawn: run `make vendor` on the server, then reload this page.");
  if (editor.tool === "rectangle") return t("Drag a rectangle over cheeks and nose, without eyes and forehead.");
  if (editor.tool === "polygon") return t("Click around cheeks and nose; click the first point or double-click to close. Esc cancels.");
  if (reaches) return t("The region reaches the eyes' line: move it below, or save all the same where the eyes were found in a wrong place.");
  if (isSuggested) return t("Suggested region, confirmed by nobody: saving accepts it. Drag its corners to adjust.");
  return t("Drag the corners to adjust. Cheeks and nose, without eyes and forehead.");
}

let lastSaid = "";

function tellState(state) {
  const isDraft = !state && !saysTheSame(entry.value, start);
  const kept = drafts.works ? t("Not saved yet; kept on this computer.") : t("Not saved yet; this browser keeps no drafts.");
  const texts = { saving: t("Saving…"), offline: t("Offline: the rating waits here and is saved as soon as the server answers. Enter tries now."), "": isDraft ? kept : lastSaid };
  $("#state").textContent = texts[state];
  $("#state").dataset.state = state || (isDraft ? "draft" : "");
  form.elements.note.readOnly = state === "saving";
}

function announce() {
  $("#told").textContent = [lastSaid, `${photo.title}.`, standing.text].filter(Boolean).join(" ");
}

// -- From photo to photo

/** Run one way to another photo at a time; what fails is said, and the photo stays. */
async function moving(run) {
  if (isMoving || saving.state === "saving") return;
  isMoving = true;
  saving.drop();
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
  open(next, image);
  if (push) history.pushState(null, "", photo.address);
  announce();
  ahead.fill(photo.id);
}

async function goTo(address, options) {
  const next = loading(await read(address));
  await next.ready;
  show(next, options);
}

async function goOn(address) {
  const next = await ahead.take();
  if (next) show(next);
  else leave(address);
}

function leave(address) {
  isLeaving = true;
  location.assign(address);
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

function missing() {
  const { label, sex, region } = entry.value;
  if (!label) return t("Choose positive, negative or unsure first (1, 2 or 3).");
  if (!sex) return t("Choose the sex first (F, M or U).");
  if (editor?.isDrawing) return t("Finish the outline first: click its first point, or Esc to drop it.");
  if (!region && label !== "unsure" && !saidNoRegion) {
    saidNoRegion = true;
    return t("No region is drawn: the photo would stay out of exports. Save again to leave it so.");
  }
  return "";
}

async function save() {
  if (!mayRate || isMoving || saving.state === "saving") return;
  if (saving.state === "offline") return saving.again();
  const problem = missing();
  if (problem) return say(problem);
  say("");
  const saved = photo;
  try {
    const answer = await saving.run(saved.address, () => new FormData(form), () => entry.value);
    isMoving = true;
    noteSaved(saved);
    if (queue === "adjudicate") leave(answer.next || `/adjudicate/${saved.id}`);
    else await goOn(answer.next || saved.addresses.skip);
  } catch (refused) {
    if (!(refused instanceof Dropped)) await explain(refused);
  } finally {
    isMoving = false;
  }
}

function noteSaved(saved) {
  const { region, evidence } = entry.value;
  drafts.drop(saved.id);
  usualEvidence = evidence;
  if (region) sessionStorage.setItem(LAST_REGION, region);
  start = entry.value;
  lastSaid = t("Photo %(id)s is saved.", { id: saved.id });
  standing.noteSaved(saved);
}

async function explain(refused) {
  if (refused.status === 401) {
    const link = Object.assign(document.createElement("a"), { href: "/signin", target: "_blank", textContent: t("sign in in a new tab") });
    return say(t("You are not signed in any more. What you entered is still here: "), link, t(", then save again."));
  }
  if (refused.kind === "over eyes") return say(refused.message, " ", button(t("Save all the same"), saveOverEyes));
  if (refused.kind === "stale" && refused.photo?.own) return chooseVersion(refused.photo);
  say(refused.message);
}

function saveOverEyes() {
  form.elements.over_eyes.value = "yes";
  changed();
  save();
}

/** The rating was saved elsewhere meanwhile: show that one beside this one, and let the rater choose. */
async function chooseVersion(newer) {
  say(t("This photo was rated meanwhile, perhaps in another tab. Save again to choose which version counts."));
  const wordOf = (name, value) => form.querySelector(`[name="${name}"][value="${value}"]`)?.parentElement.querySelector("span").textContent ?? value;
  const choice = await askWhich($("#conflict"), { photo, mine: entry.value, theirs: fromServer(newer.own), wordOf });
  if (choice === "keep") {
    entry.version = newer.version;
    save();
  } else if (choice === "take") {
    drafts.drop(photo.id);
    photo = newer;
    openEntry();
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
    drafts.drop(photo.id);
    await goOn(photo.addresses.skip);
  }),
);

// -- Keys

function choose(name, value) {
  if (!mayRate || isMoving || saving.state === "saving") return false;
  form.querySelector(`input[name="${name}"][value="${value}"]`).checked = true;
  changed();
}

function withEditor(run) {
  return () => {
    if (!editor || !mayRate) return false;
    run(editor);
    tell();
  };
}

function remove() {
  if (editor?.hasCornerSelected) return false; // Annotorious takes the corner away
  return withEditor((it) => it.remove())();
}

function cancel() {
  if (!editor?.tool || !entry.value.region) return false;
  editor.stopDrawing();
  tell();
}

function take(region, otherwise) {
  if (!editor || !mayRate) return false;
  if (!region) return say(otherwise);
  regionChanged(region);
  editor.set(region);
  tell();
}

function step(run) {
  if (!mayRate || saving.state === "saving") return false;
  if (editor?.isDrawing) return editor.draw(editor.tool);
  if (!run()) return;
  const { region } = entry.value;
  editor?.set(region);
  if (!region) editor?.draw("rectangle");
  keepDraft();
  say("");
  tell();
}

const choiceKeys = (group, name, rows) =>
  rows.map(([value, key, says]) => ({ group, action: value, keys: [key], says, run: () => choose(name, value) }));

const [RATE, DRAW, LOOK, GO] = [t("Rate"), t("Region"), t("Look"), t("Go on")];

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
  { group: RATE, action: "undo", keys: ["ctrl+z"], says: t("Undo the last change of this photo"), unmarked: true, run: () => step(() => entry.undo()) },
  { group: RATE, action: "redo", keys: ["ctrl+shift+z", "ctrl+y"], says: t("Redo"), unmarked: true, run: () => step(() => entry.redo()) },
  { group: DRAW, action: "rectangle", keys: ["r"], says: t("Draw a rectangle; it replaces the region"), run: withEditor((it) => it.draw("rectangle")) },
  { group: DRAW, action: "polygon", keys: ["p"], says: t("Draw a polygon; it replaces the region"), run: withEditor((it) => it.draw("polygon")) },
  { group: DRAW, action: "suggested", keys: ["t"], says: t("Take the suggested region"), run: () => take(photo.suggestion?.region, t("There is no suggested region for this photo: no face was found, or none was sought yet.")) },
  { group: DRAW, action: "copy", keys: ["c"], says: t("Copy the region saved last"), run: () => take(sessionStorage.getItem(LAST_REGION), t("There is no last region yet: save a photo with one first.")) },
  { group: DRAW, action: "place", keys: ["g"], says: t("Put a rectangle in the middle; arrows move it, Shift and arrows resize it"), run: withEditor((it) => it.place()) },
  { group: DRAW, action: "remove", keys: ["delete", "backspace"], says: t("Delete the region, or its selected corner"), run: remove },
  { group: DRAW, action: "cancel", keys: ["escape"], says: t("Stop drawing"), run: cancel },
  { group: LOOK, action: "redness", keys: ["v"], says: t("Held: redness, dark to light"), run: () => looks.showRedness(true), release: () => looks.showRedness(false), click: () => looks.showRedness(!looks.showsRedness) },
  ...viewKeys(view, LOOK, t),
  { group: LOOK, action: "brighter", keys: ["]"], says: t("Brighter"), repeats: true, run: () => looks.change("brightness", 1) },
  { group: LOOK, action: "darker", keys: ["["], says: t("Darker"), repeats: true, run: () => looks.change("brightness", -1) },
  { group: LOOK, action: "more_contrast", keys: ["."], says: t("More contrast"), repeats: true, run: () => looks.change("contrast", 1) },
  { group: LOOK, action: "less_contrast", keys: [","], says: t("Less contrast"), repeats: true, run: () => looks.change("contrast", -1) },
  { group: LOOK, action: "plain", keys: ["o"], says: t("Light as it is in the photo"), run: () => looks.plain() },
  { group: GO, action: "save", keys: ["enter", "ctrl+enter"], says: t("Save and next"), run: () => void save() },
  { group: GO, action: "skip", keys: ["s"], says: t("Skip: the next photo, nothing saved; a draft stays"), run: skip },
  { group: GO, action: "previous", keys: ["b"], says: t("Back to the photo rated before"), run: previous },
  { group: GO, action: "same_person", keys: ["j"], says: t("Same person as on the photo before"), run: () => (mayRate ? samePerson() : false) },
  { group: GO, action: "exclude", keys: ["x"], says: t("Exclude the photo, with a reason"), run: () => askReason() },
  { group: GO, action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

// -- Beginning

async function openEditor() {
  try {
    editor = await RegionEditor.open(plate, regionChanged);
    editor.open(photo.width, photo.height, entry.value.region, { editable: mayRate });
    $("#region-field").hidden = true;
  } catch (error) {
    console.error(error);
  }
  for (const bar of document.querySelectorAll(".toolbar")) bar.hidden = bar.matches(":not(.view-tools)") && !(editor && mayRate);
  tell();
  bench.dataset.ready = "yes";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("input", changed);
form.elements.note.addEventListener("keydown", (event) => {
  if (event.key === "Escape") form.elements.note.blur();
});
$('[data-action="discard"]').addEventListener("click", discard);
$("#notices").addEventListener("submit", (event) => {
  event.preventDefault();
  moving(async () => {
    await post(event.target.action, new FormData(event.target));
    await goTo(photo.address, { push: false });
  });
});
window.addEventListener("keydown", (event) => {
  if (!editor?.nudgeByKey(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // zoomed in, the photo would move as well
}, { capture: true });
window.addEventListener("popstate", () => moving(() => goTo(location.href, { push: false })));
window.addEventListener("beforeunload", (event) => {
  const isUnsafe = saving.state || (!drafts.works && !saysTheSame(entry.value, start));
  if (!isLeaving && isUnsafe) event.preventDefault();
});
$("form.who")?.addEventListener("submit", (event) => {
  const asked = t("Words that are not saved yet are removed from this computer when you sign out. Sign out?");
  if (drafts.photos.length && !confirm(asked)) return event.preventDefault();
  isLeaving = true;
  drafts.clear();
});

document.documentElement.classList.add("scripted");
open(photo, $("#photo"));
bindKeys(KEYS);
fillHelp(help, KEYS);
showCounts(document.querySelector(".queues"));
await openEditor();
standing.read();
ahead.fill(photo.id);

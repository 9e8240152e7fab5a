// The annotate page: one photo after another without leaving the page, a key for everything, and nothing lost.

/** @import { Photo } from "../base/answers.js" */
/** @import { Choice } from "./choices.js" */

import { read } from "../base/api.js";
import { find, findAll, findIfAny, targetOf } from "../base/elements.js";
import { excludeKeys } from "../base/exclude.js";
import { bindKeys, fillHelp, keyed } from "../base/keys.js";
import { t } from "../base/translation.js";
import { annotateKeys } from "./annotate-keys.js";
import { Appearance } from "./appearance.js";
import { CurrentPhoto } from "./current-photo.js";
import { Delivery } from "./delivery.js";
import { PhotoChanges } from "./photo-changes.js";
import { QueueProgress, showCounts } from "./queues.js";
import { RatingEditor } from "./rating-editor.js";
import { Saving } from "./saving.js";
import { Source } from "./source.js";
import { Stage } from "./stage.js";
import { Status } from "./status.js";

const bench = find(".bench", HTMLElement);
const form = find("#rating", HTMLFormElement);
const plate = find(".plate", HTMLElement);
const help = find("#help", HTMLDialogElement);
const note = find("[name=note]", HTMLTextAreaElement, form);
const { rater = "", queue = "", ahead = "", counts = "", letGo = "", undo: undoAddress = "" } = bench.dataset;
const mayRate = !find("fieldset", HTMLFieldSetElement, form).disabled;
/** @type {Photo} */
const first = JSON.parse(bench.dataset.photo ?? "");
/** @type {Choice[]} */
const choices = JSON.parse(bench.dataset.choices ?? "");

const status = new Status();
const progress = new QueueProgress(counts, queue);
const delivery = new Delivery(tell);
const source = new Source(first);
const sliders = { brightness: find("#brightness", HTMLInputElement), contrast: find("#contrast", HTMLInputElement) };
const rednessButton = find('button[data-action="redness"]', HTMLElement);
const appearance = new Appearance(plate, sliders, rednessButton, find("#redness-says", HTMLElement));
const stage = new Stage(find(".stage", HTMLElement), plate, {
  changed: ({ scale, width }) => {
    find("#zoom", Element).textContent = `${Math.round(scale * 100)}%`;
    appearance.sharpen(width).catch(() => {}); // keep the picture already shown
  },
  mayDrag: (event) => !rating.region?.holds(targetOf(event)),
  pinched: () => rating.region?.dropBegun(),
});
const who = { rater, queue, mayRate };
const rating = new RatingEditor(form, plate, first, choices, who, {
  changed: tellChange,
  isFrozen: () => saving.isFrozen,
  say: (text) => status.say(text),
});
const access = { ahead, letGo, mayRate };
const current = new CurrentPhoto(first, access, {
  open,
  opened: announce,
  leaving: () => delivery.abandon(),
  failed: (error) => saving.explain(error),
  isFrozen: () => saving.isFrozen,
});
const saving = new Saving({ current, rating, delivery, progress, status }, { isRuling: queue === "adjudicate" });
const changes = new PhotoChanges(current, rating, progress, undoAddress, (said, undo) => {
  status.note(said, undo && (() => current.move(undo)));
  tell("");
});

// -- How the parts notify each other

/**
 * @param {Photo} photo
 * @param {HTMLImageElement} image
 */
function open(photo, image) {
  note.blur(); // else, after saving from this field, the next photo's keys would be typed into it
  document.title = `${photo.title} · Malar`;
  find("#title", Element).textContent = photo.title;
  if (photo.position) find("#left", Element).textContent = photo.position;
  find("#notices", Element).innerHTML = photo.notices;
  source.open(photo);
  form.action = photo.address;
  for (const [action, address] of Object.entries(photo.addresses)) {
    for (const link of findAll(`a[data-action="${action}"]`, HTMLAnchorElement)) link.href = address;
    for (const other of findAll(`form[data-to="${action}"]`, HTMLFormElement)) other.action = address;
  }
  appearance.open(photo, image);
  stage.open(photo.width, photo.height);
  rating.open(photo);
}

function announce() {
  status.announce(`${current.photo.title}.`, progress.text);
}

/** @param {import("./delivery.js").DeliveryState} state */
function tell(state) {
  status.tell(state, rating);
  note.readOnly = state === "saving";
}

function tellChange() {
  if (mayRate && rating.restsOnSource) source.need().catch((error) => saving.explain(error));
  if (delivery.state) return;
  if (rating.isDirty) status.done = "";
  tell("");
}

// -- Actions of the keys and buttons that leave the photo

function save() {
  if (mayRate) saving.save();
}

async function saveByKey() {
  if (!(await rating.closeOutline())) save();
}

function skip() {
  if (mayRate) status.done = "";
  current.skip();
}

function previous() {
  current.move(async () => {
    const { next } = await read(current.photo.addresses.previous);
    status.done = "";
    await current.goTo(next);
  });
}

function showSource() {
  source.show().catch((error) => saving.explain(error));
}

function samePerson() {
  if (!mayRate) return false;
  changes.joinPerson().then(announce, (error) => saving.explain(error));
}

function undo() {
  return status.undo() || rating.undo();
}

const exclude = excludeKeys(t("Exclude the photo, with a reason"), {
  chosen: (event, reason) => {
    event.preventDefault();
    current.move(() => changes.exclude(reason));
  },
});
const parts = { rating, appearance, stage };
const steps = { undo, save: saveByKey, saveByClick: save, skip, previous, samePerson, source: showSource };
export const KEYS = keyed(
  annotateKeys(parts, { ...steps, note: () => note.focus(), help: () => help.showModal() }, exclude),
);

// -- Setup

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
form.addEventListener("keydown", (event) => {
  const field = targetOf(event);
  if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement)) return;
  if (field instanceof HTMLInputElement && field.name !== "reason") return;
  if (event.key === "Escape") field.blur();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  save();
});
find('[data-action="discard"]', HTMLElement).addEventListener("click", () => rating.discard());
find("#notices", HTMLElement).addEventListener("submit", (event) => {
  event.preventDefault();
  const sent = targetOf(event);
  if (sent instanceof HTMLFormElement) current.move(() => changes.settle(sent));
});
window.addEventListener("keydown", nudgeRegion, { capture: true });
window.addEventListener("beforeunload", (event) => {
  const isUnsafe = delivery.state || (!rating.keepsDrafts && rating.isDirty);
  if (!current.isLeaving && isUnsafe) event.preventDefault();
});
// Release the photos now: once signed out, this page can no longer do it.
document.addEventListener("submit", (event) => {
  if (targetOf(event).matches("[data-signs-out]") && !event.defaultPrevented) current.letGo();
});

/** @param {KeyboardEvent} event */
function nudgeRegion(event) {
  if (!rating.nudgeByKey(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // else a zoomed photo would move as well
}

document.documentElement.classList.add("scripted");
open(first, find("#photo", HTMLImageElement));
bindKeys(KEYS);
fillHelp(help, KEYS);
const queues = findIfAny(".queues", HTMLDetailsElement);
if (queues) showCounts(queues);
await rating.openDrawing();
const mayDraw = rating.region !== null && mayRate;
for (const bar of findAll(".toolbar", HTMLElement)) bar.hidden = !bar.matches(".view-tools") && !mayDraw;
bench.dataset.ready = "yes";
progress.read();
current.fetchNext();

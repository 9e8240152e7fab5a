// The annotate page: one photo after another without leaving it, keys for everything, and nothing lost.

/** @import { Photo } from "./answers.js" */
/** @import { Choice } from "./choices.js" */

import { annotateKeys } from "./annotate-keys.js";
import { read } from "./api.js";
import { Appearance } from "./appearance.js";
import { CurrentPhoto } from "./current-photo.js";
import { Delivery } from "./delivery.js";
import { find, findAll, findIfAny, targetOf } from "./elements.js";
import { excludeDialog } from "./exclude.js";
import { bindKeys, fillHelp } from "./keys.js";
import { PhotoChanges } from "./photo-changes.js";
import { QueueProgress, showCounts } from "./queues.js";
import { RatingEditor } from "./rating-editor.js";
import { Saving } from "./saving.js";
import { Stage } from "./stage.js";
import { Status } from "./status.js";

const bench = find(".bench", HTMLElement);
const form = find("#rating", HTMLFormElement);
const plate = find(".plate", HTMLElement);
const help = find("#help", HTMLDialogElement);
const note = find("[name=note]", HTMLTextAreaElement, form);
const { rater = "", queue = "", ahead = "", counts = "", letGo = "" } = bench.dataset;
const mayRate = !find("fieldset", HTMLFieldSetElement, form).disabled;
/** @type {Photo} */
const first = JSON.parse(bench.dataset.photo ?? "");
/** @type {Choice[]} */
const choices = JSON.parse(bench.dataset.choices ?? "");

const status = new Status();
const progress = new QueueProgress(counts, queue);
const delivery = new Delivery(tell);
const sliders = { brightness: find("#brightness", HTMLInputElement), contrast: find("#contrast", HTMLInputElement) };
const appearance = new Appearance(plate, sliders, find('button[data-action="redness"]', HTMLElement));
const stage = new Stage(find(".stage", HTMLElement), plate, {
  changed: ({ scale, width }) => {
    find("#zoom", Element).textContent = `${Math.round(scale * 100)}%`;
    appearance.sharpen(width).catch(() => {}); // the picture that is there stays
  },
  mayDrag: (event) => !rating.region?.tool && !targetOf(event).closest(".a9s-annotation"),
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
const saving = new Saving({ form, current, rating, delivery, progress, status }, { isRuling: queue === "adjudicate" });
const changes = new PhotoChanges(current, rating, progress, (said) => {
  status.done = said;
  tell("");
});
const askReason = excludeDialog((reason) => current.move(() => changes.exclude(reason)));

// -- What the parts tell each other

/**
 * @param {Photo} photo
 * @param {HTMLImageElement} image
 */
function open(photo, image) {
  note.blur(); // saved from within it, the next photo's keys would be written there
  document.title = `${photo.title} · Malar`;
  find("#title", Element).textContent = photo.title;
  find("#notices", Element).innerHTML = photo.notices;
  find("#facts", Element).innerHTML = photo.facts;
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
  if (delivery.state) return;
  if (rating.isDirty) status.done = "";
  tell("");
}

// -- What the keys and buttons of the way on do

function save() {
  if (mayRate) saving.save();
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

function samePerson() {
  if (!mayRate) return false;
  changes.joinPerson().then(announce, (error) => saving.explain(error));
}

const parts = { rating, appearance, stage };
export const KEYS = annotateKeys(parts, {
  note: () => note.focus(),
  save,
  skip,
  previous,
  samePerson,
  exclude: askReason,
  help: () => help.showModal(),
});

// -- Beginning

form.addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
note.addEventListener("keydown", (event) => {
  if (event.key === "Escape") note.blur();
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
// Who signs out is nobody any more when the page is left.
document.addEventListener("submit", (event) => {
  if (targetOf(event).matches("[data-signs-out]") && !event.defaultPrevented) current.letGo();
});

/** @param {KeyboardEvent} event */
function nudgeRegion(event) {
  if (saving.isFrozen || !rating.region?.nudgeByKey(event)) return;
  event.preventDefault();
  event.stopImmediatePropagation(); // zoomed in, the photo would move as well
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

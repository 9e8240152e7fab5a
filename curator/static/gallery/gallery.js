// The gallery: arrow keys move between photos, keys and clicks select, and actions apply to the selection.

/** @import { KeyRow, Press } from "../base/keys.js" */

import { find, findAll, findIfAny, targetOf } from "../base/elements.js";
import { excludeKeys } from "../base/exclude.js";
import { press, sendOnce, undoKey } from "../base/forms.js";
import { retryImages } from "../base/image-retry.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { t, tn } from "../base/translation.js";

const KEPT = "malar.selection";
const help = find("#help", HTMLDialogElement);
const bar = findIfAny("#selection", HTMLFormElement); // only if the account may change something
const tiles = findAll(".tile", HTMLElement).map((element) => ({
  element,
  link: find("a", HTMLAnchorElement, element),
  box: findIfAny("input[type=checkbox]", HTMLInputElement, element),
}));

let here = 0; // the photo that Tab focuses
let anchor = 0; // where a range starts

// -- Moving from photo to photo

function focusedTile() {
  return tiles.findIndex(({ element }) => element.contains(document.activeElement));
}

/** How many photos a row has now. */
function columns() {
  const top = tiles[0].element.offsetTop;
  const next = tiles.findIndex(({ element }) => element.offsetTop !== top);
  return next < 0 ? tiles.length : next;
}

/** @param {number} index */
function comeTo(index) {
  tiles[here].link.tabIndex = -1;
  here = index;
  tiles[here].link.tabIndex = 0;
}

/** @param {number} index */
function goTo(index) {
  comeTo(index);
  tiles[here].link.focus();
  tiles[here].element.scrollIntoView({ block: "nearest" });
}

/** @param {() => number} steps */
function move(steps) {
  return (/** @type {Press} */ event) => {
    if (!tiles.length || onControl(event)) return false;
    const target = focusedTile() < 0 ? here : here + steps();
    if (target < 0 || target >= tiles.length) return;
    goTo(target);
    if (event.shiftKey) selectRange(target);
    else anchor = target;
  };
}

/**
 * A field, button or menu keeps its own arrows and Space.
 * @param {Press} event
 */
function onControl(event) {
  const control = targetOf(event).closest("button, summary, select, input, dialog");
  return control !== null && !control.closest(".tile");
}

// -- Selecting photos

/**
 * @param {number} index
 * @param {boolean} wanted
 */
function select(index, wanted) {
  const { box, element } = tiles[index];
  if (!box) return;
  box.checked = wanted;
  element.classList.toggle("picked", wanted);
}

/** @param {(index: number) => boolean} isWanted */
function selectWhere(isWanted) {
  for (const index of tiles.keys()) select(index, isWanted(index));
  tell();
}

/**
 * Select only the photos from the anchor to this photo.
 * @param {number} index
 */
function selectRange(index) {
  const [first, last] = [Math.min(anchor, index), Math.max(anchor, index)];
  selectWhere((at) => at >= first && at <= last);
}

function selectAll() {
  if (!tiles.length) return false;
  selectWhere(() => true);
}

function selectNone() {
  if (!selected().length) return false;
  const focused = bar?.contains(document.activeElement);
  selectWhere(() => false);
  if (focused) goTo(here);
}

/** @param {Press} event */
function toggle(event) {
  if (!bar || onControl(event) || targetOf(event).matches("input")) return false;
  const index = focusedTile();
  if (index < 0) return false;
  select(index, !tiles[index].box?.checked);
  anchor = index;
  tell();
}

/** The numbers of the selected photos, as the form sends them. */
function selected() {
  return tiles.flatMap(({ box }) => (box?.checked ? [box.value] : []));
}

function tell() {
  if (!bar) return;
  const count = selected().length;
  const says = count ? tn("%(num)s photo selected", "%(num)s photos selected", count) : "";
  find("#selected", HTMLElement, bar).textContent = says;
  bar.classList.toggle("waiting", !count);
  for (const button of findAll("button", HTMLButtonElement, bar)) {
    button.disabled = count < (button.value === "person" ? 2 : 1);
  }
}

/** @param {MouseEvent} event */
function onClick(event) {
  const index = tiles.findIndex(({ element }) => element.contains(targetOf(event)));
  if (index < 0) return;
  if (!event.shiftKey || !bar) {
    anchor = index;
    return;
  }
  event.preventDefault();
  document.getSelection()?.removeAllRanges();
  // A clicked checkbox changes only after this handler.
  setTimeout(() => selectRange(index));
}

/**
 * The selection is kept for users who come back without having changed anything.
 * @param {HTMLFormElement} bar
 */
function keepSelection(bar) {
  const page = location.pathname + location.search;
  /** @type {{ page: string, photos: string[] } | null} */
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  const isDone = document.querySelector(".flashes form") !== null;
  if (kept?.page === page && !isDone) selectWhere((index) => kept.photos.includes(tiles[index].box?.value ?? ""));
  bar.addEventListener("submit", keepNow);
}

function keepNow() {
  sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname + location.search, photos: selected() }));
}

/**
 * Name the selected photos in the dialog of reasons, and send them with its forms.
 * @param {HTMLDialogElement} dialog
 */
function askAboutSelected(dialog) {
  const photos = selected();
  const title = tn("Exclude %(num)s photo", "Exclude %(num)s photos", photos.length);
  find("h2", HTMLElement, dialog).textContent = title;
  for (const form of findAll("form[method=post]", HTMLFormElement, dialog)) {
    for (const old of findAll("[name=photo]", HTMLInputElement, form)) old.remove();
    for (const value of photos)
      form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "photo", value }));
  }
}

// -- Setup

/**
 * @param {typeof tiles[number]} tile
 * @param {number} index
 */
function bindTile({ link, box, element }, index) {
  link.tabIndex = index ? -1 : 0;
  link.addEventListener("focus", () => comeTo(index));
  if (!box) return;
  box.checked = false; // going back in the browser restores checkboxes
  box.tabIndex = -1;
  box.addEventListener("change", () => {
    element.classList.toggle("picked", box.checked);
    tell();
  });
}

function setUp() {
  for (const [index, tile] of tiles.entries()) bindTile(tile, index);
  findIfAny("#photos", HTMLElement)?.addEventListener("click", onClick);
  if (bar) {
    find('[data-action="none"]', HTMLElement, bar).hidden = false;
    keepSelection(bar);
    tell();
  }
  find('.title-buttons [data-action="help"]', HTMLElement).hidden = false;
}

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
const SELECTING = [
  { action: "toggle", keys: [" ", "x"], says: t("Select or deselect the photo"), run: toggle },
  { action: "range", keys: ["shift+arrows"], says: t("Select a range from the previous photo; Shift+click does the same"), run: () => false },
  { action: "all", keys: ["ctrl+a"], says: t("Select all photos of the page"), run: selectAll },
  { action: "none", keys: ["escape"], says: t("Select none"), run: selectNone },
  { action: "rate", keys: ["r"], says: t("Rate the selected photos"), run: press('[value="rate"]'), click: false },
  ...excludeKeys(t("Exclude the selected photos, with a reason"), { opening: askAboutSelected, chosen: keepNow }),
  { action: "include", keys: ["i"], says: t("Include the selected photos again"), run: press('[value="include"]'), click: false },
  { action: "source", keys: ["s"], says: t("Set the source of the selected photos"), run: press('[value="source"]'), click: false },
  { action: "person", keys: ["m"], says: t("Mark the selected photos as the same person"), run: press('[value="person"]'), click: false },
  undoKey(),
];

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
export const KEYS = [
  { action: "left", keys: ["arrowleft"], says: t("The previous photo"), repeats: true, run: move(() => -1) },
  { action: "right", keys: ["arrowright"], says: t("The next photo"), repeats: true, run: move(() => 1) },
  { action: "up", keys: ["arrowup"], says: t("The photo above"), repeats: true, run: move(() => -columns()) },
  { action: "down", keys: ["arrowdown"], says: t("The photo below"), repeats: true, run: move(() => columns()) },
  { action: "open", keys: ["enter"], says: t("Open the photo"), run: () => false },
  ...(bar ? SELECTING : []),
  { action: "next", keys: ["n"], says: t("Next page"), run: press('[data-action="next"]'), click: false },
  { action: "previous", keys: ["p"], says: t("Previous page"), run: press('[data-action="previous"]'), click: false },
  { action: "find", keys: ["/"], says: t("Find by file name"), run: () => find(".finder [name=name]", HTMLInputElement).focus() },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

setUp();
sendOnce();
retryImages();
bindKeys(KEYS);
fillHelp(help, KEYS);

// The gallery: photos by arrow keys, a selection by keys and clicks, and what is done with it.

import { press, sendOnce } from "./forms.js";
import { bindKeys, fillHelp } from "./keys.js";
import { retryImages } from "./image-retry.js";
import { t, tn } from "./translation.js";

const help = document.querySelector("#help");
const bar = document.querySelector("#selection");
const tiles = [...document.querySelectorAll(".tile")].map((element) => ({
  element,
  link: element.querySelector("a"),
  box: element.querySelector("input[type=checkbox]"),
}));

let here = 0; // the photo that Tab comes to
let anchor = 0; // where a range starts

function focusedTile() {
  return tiles.findIndex(({ element }) => element.contains(document.activeElement));
}

/** How many photos stand in a row now. */
function columns() {
  const top = tiles[0].element.offsetTop;
  const next = tiles.findIndex(({ element }) => element.offsetTop !== top);
  return next < 0 ? tiles.length : next;
}

function goTo(index) {
  tiles[here].link.tabIndex = -1;
  here = index;
  tiles[here].link.tabIndex = 0;
  tiles[here].link.focus();
  tiles[here].element.scrollIntoView({ block: "nearest" });
}

function move(steps) {
  return (event) => {
    if (!tiles.length || onControl(event)) return false;
    const target = focusedTile() < 0 ? here : here + steps();
    if (target < 0 || target >= tiles.length) return;
    goTo(target);
    if (event.shiftKey) selectRange(target);
    else anchor = target;
  };
}

/** Arrows and Space in a field, on a button or a menu are its own. */
function onControl(event) {
  const control = event.target.closest("button, summary, select, input, dialog");
  return control !== null && !control.closest(".tile");
}

function select(index, wanted) {
  const { box, element } = tiles[index];
  if (!box) return;
  box.checked = wanted;
  element.classList.toggle("picked", wanted);
}

/** Select what lies between the anchor and a photo, and nothing else. */
function selectRange(index) {
  const [first, last] = [Math.min(anchor, index), Math.max(anchor, index)];
  tiles.forEach((_, at) => select(at, at >= first && at <= last));
  tell();
}

function selectAll(wanted) {
  tiles.forEach((_, at) => select(at, wanted));
  tell();
}

function toggle(event) {
  if (!bar || onControl(event) || event.target.matches("input")) return false;
  const index = focusedTile();
  if (index < 0) return false;
  select(index, !tiles[index].box.checked);
  anchor = index;
  tell();
}

function selectNone() {
  if (!selected()) return false;
  const focused = bar.contains(document.activeElement);
  selectAll(false);
  if (focused) goTo(here);
}

function selected() {
  return tiles.filter(({ box }) => box?.checked).length;
}

function tell() {
  const count = selected();
  bar.querySelector("#selected").textContent = count
    ? tn("%(num)s photo selected", "%(num)s photos selected", count)
    : "";
  bar.classList.toggle("waiting", !count);
  for (const button of bar.querySelectorAll("button")) button.disabled = !count;
  bar.querySelector('[value="person"]').disabled = count < 2;
}

function onClick(event) {
  const index = tiles.findIndex(({ element }) => element.contains(event.target));
  if (index < 0) return;
  if (event.shiftKey && bar) {
    event.preventDefault();
    document.getSelection()?.removeAllRanges();
    // A tick that is clicked is set after this.
    setTimeout(() => selectRange(index));
    return;
  }
  anchor = index;
}

const KEPT = "malar.selection";

/** What was selected is still selected for who comes back without having done anything with it. */
function keepSelection() {
  const page = location.pathname + location.search;
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  sessionStorage.removeItem(KEPT);
  const isDone = document.querySelector(".flashes form") !== null;
  if (kept?.page === page && !isDone) tiles.forEach(({ box }, index) => select(index, kept.photos.includes(box.value)));
  bar.addEventListener("submit", () => {
    const photos = tiles.filter(({ box }) => box.checked).map(({ box }) => box.value);
    sessionStorage.setItem(KEPT, JSON.stringify({ page, photos }));
  });
}

function setUp() {
  tiles.forEach(({ link, box, element }, index) => {
    link.tabIndex = index ? -1 : 0;
    link.addEventListener("focus", () => {
      tiles[here].link.tabIndex = -1;
      here = index;
      link.tabIndex = 0;
    });
    if (!box) return;
    box.checked = false; // a browser going back brings ticks back
    box.tabIndex = -1;
    box.addEventListener("change", () => {
      element.classList.toggle("picked", box.checked);
      tell();
    });
  });
  document.querySelector("#photos")?.addEventListener("click", onClick);
  if (bar) {
    bar.querySelector('[data-action="none"]').hidden = false;
    keepSelection();
    tell();
  }
  document.querySelector('.title-buttons [data-action="help"]').hidden = false;
}

// biome-ignore format: a row of the table is a line
const SELECTING = [
  { action: "toggle", keys: [" ", "x"], says: t("Select the photo, or no more"), run: toggle },
  { action: "range", keys: ["shift+arrows"], says: t("Select a range, from the photo before; a click with Shift does so, too"), run: () => false },
  { action: "all", keys: ["ctrl+a"], says: t("Select all photos of the page"), run: () => (tiles.length ? selectAll(true) : false) },
  { action: "none", keys: ["escape"], says: t("Select none"), run: selectNone },
  { action: "rate", keys: ["r"], says: t("Rate the photos selected"), run: press('[value="rate"]'), click: false },
  { action: "exclude", keys: ["e"], says: t("Exclude the photos selected, with a reason"), run: press('[value="exclude"]'), click: false },
  { action: "include", keys: ["i"], says: t("Take the photos selected back in"), run: press('[value="include"]'), click: false },
  { action: "source", keys: ["s"], says: t("Set the source of the photos selected"), run: press('[value="source"]'), click: false },
  { action: "person", keys: ["m"], says: t("Mark the photos selected as of the same person"), run: press('[value="person"]'), click: false },
  { action: "undo", keys: ["z", "ctrl+z"], says: t("Undo what was just done"), run: press(".flashes form button"), click: false },
];

// biome-ignore format: a row of the table is a line
const KEYS = [
  { action: "left", keys: ["arrowleft"], says: t("The photo before"), repeats: true, run: move(() => -1) },
  { action: "right", keys: ["arrowright"], says: t("The next photo"), repeats: true, run: move(() => 1) },
  { action: "up", keys: ["arrowup"], says: t("The photo above"), repeats: true, run: move(() => -columns()) },
  { action: "down", keys: ["arrowdown"], says: t("The photo below"), repeats: true, run: move(() => columns()) },
  { action: "open", keys: ["enter"], says: t("Open the photo"), run: () => false },
  ...(bar ? SELECTING : []),
  { action: "next", keys: ["n"], says: t("Next page"), run: press('[data-action="next"]'), click: false },
  { action: "previous", keys: ["p"], says: t("Previous page"), run: press('[data-action="previous"]'), click: false },
  { action: "find", keys: ["/"], says: t("Find by file name"), run: () => document.querySelector(".finder [name=name]").focus() },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

setUp();
sendOnce();
retryImages();
bindKeys(KEYS);
fillHelp(help, KEYS);

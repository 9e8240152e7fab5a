// All words on one photo: keys, shared zoom, and regions shown or hidden one by one.

import { press, sendOnce } from "./forms.js";
import { bindKeys, fillHelp } from "./keys.js";
import { t } from "./translation.js";
import { zoomKeys, zoomOf } from "./zoom.js";

const help = document.querySelector("#help");
const views = document.querySelector("#views");
const toolbar = document.querySelector(".toolbar");
const boxes = [...document.querySelectorAll("[data-shows]")];
const zoom = zoomOf(views, toolbar);

function show(box) {
  document.querySelector(`#region-${box.dataset.shows}`).toggleAttribute("hidden", !box.checked);
}

function toggle(number) {
  const box = boxes[number - 1];
  if (!box) return false;
  box.checked = !box.checked;
  show(box);
}

/** A key for a link, where the page has it: who only looks gets none of them. */
function follow(action, key, says) {
  const link = `[data-action="${action}"]`;
  return document.querySelector(link)
    ? [{ action, keys: [key], says, run: press(link), click: false, unmarked: action === "list" }]
    : [];
}

const numbers = boxes.slice(0, 9).map((_, index) => String(index + 1));
const regions = {
  action: "region",
  keys: numbers,
  says: t("Show or hide a region, from the top"),
  run: (event) => toggle(Number(event.key)),
};

// biome-ignore format: a row of the table is a line
const KEYS = [
  ...follow("next", "enter", t("Keep the ruling, next photo")),
  ...follow("rule", "r", t("Rule on the photo")),
  ...follow("change", "c", t("Change the ruling")),
  ...follow("list", "l", t("All photos that wait")),
  ...(boxes.length ? [regions] : []),
  ...zoomKeys(zoom),
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

for (const box of boxes) {
  show(box);
  box.addEventListener("change", () => show(box));
}
toolbar.hidden = false;
sendOnce();
bindKeys(KEYS);
fillHelp(help, KEYS);

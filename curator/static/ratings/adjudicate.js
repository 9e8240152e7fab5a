// All ratings of one photo: keys, shared zoom, and regions shown or hidden one by one.

/** @import { KeyRow, Press } from "../base/keys.js" */

import { find, findAll } from "../base/elements.js";
import { excludeKeys } from "../base/exclude.js";
import { press, sendOnce } from "../base/forms.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { hidingKey, RegionView } from "../base/region-view.js";
import { t } from "../base/translation.js";
import { zoomKeys, zoomOf } from "../base/zoom.js";

const help = find("#help", HTMLDialogElement);
const toolbar = find(".toolbar", HTMLElement);
const boxes = findAll("[data-shows]", HTMLInputElement);
const views = find("#views", HTMLElement);
const zoom = zoomOf(views, toolbar);
const view = new RegionView(views);
view.hasRegion = boxes.length > 0;

/** @param {HTMLInputElement} box */
function show(box) {
  find(`#region-${box.dataset.shows}`, Element).toggleAttribute("hidden", !box.checked);
}

/** @param {Press} press */
function toggle({ key }) {
  const box = boxes[Number(key) - 1];
  if (!box) return false;
  box.checked = !box.checked;
  choose(box);
}

/** @param {HTMLInputElement} box */
function choose(box) {
  view.hide(false);
  show(box);
}

/**
 * A key for a link, if the page has it: viewers get none of these links.
 * @param {string} action
 * @param {string} key
 * @param {string} says
 * @returns {KeyRow[]}
 */
function follow(action, key, says) {
  const link = `[data-action="${action}"]`;
  if (!document.querySelector(link)) return [];
  return [{ action, keys: [key], says, run: press(link), click: false, unmarked: action === "list" }];
}

const numbers = boxes.slice(0, 9).map((_, index) => String(index + 1));
const regions = { action: "region", keys: numbers, says: t("Show or hide a region, from the top"), run: toggle };

/** @type {KeyRow[]} */
export const KEYS = [
  ...follow("next", "enter", t("Keep the ruling, next photo")),
  ...follow("rule", "r", t("Rule on the photo")),
  ...follow("change", "c", t("Change the ruling")),
  ...follow("list", "l", t("All waiting photos")),
  ...(boxes.length ? [regions, hidingKey(view)] : []),
  ...zoomKeys(zoom),
  ...excludeKeys(t("Exclude the photo, with a reason")),
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

for (const box of boxes) {
  show(box);
  box.addEventListener("change", () => choose(box));
}
toolbar.hidden = false;
sendOnce();
bindKeys(KEYS);
fillHelp(help, KEYS);

// The page of one photo: keys to go on, and zoom.

/** @import { KeyRow } from "../base/keys.js" */

import { find } from "../base/elements.js";
import { excludeKeys } from "../base/exclude.js";
import { press, sendOnce, undoKey } from "../base/forms.js";
import { retryImages } from "../base/image-retry.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { hidingKey, RegionView } from "../base/region-view.js";
import { t } from "../base/translation.js";
import { zoomKeys, zoomOf } from "../base/zoom.js";

const help = find("#help", HTMLDialogElement);
const toolbar = find(".toolbar", HTMLElement);
const views = find("#views", HTMLElement);
const zoom = zoomOf(views, toolbar);
const view = new RegionView(views);
view.hasRegion = views.querySelector(".own-region") !== null;

function leave() {
  if (zoom && !zoom.isFitted) return zoom.fit();
  return press('[data-action="gallery"]')();
}

/** @type {KeyRow[]} */
// biome-ignore format: a row of the table is a line
export const KEYS = [
  { action: "next", keys: ["n"], says: t("The next photo of the gallery"), run: press('[data-action="next"]'), click: false },
  { action: "previous", keys: ["b"], says: t("The previous photo"), run: press('[data-action="previous"]'), click: false },
  { action: "rate", keys: ["r"], says: t("Rate the photo"), run: press('[data-action="rate"]'), click: false },
  ...zoomKeys(zoom),
  ...(view.hasRegion ? [hidingKey(view)] : []),
  ...excludeKeys(t("Exclude the photo, with a reason")),
  undoKey(),
  { action: "gallery", keys: ["escape", "g"], says: t("Whole photo; back to the gallery"), run: leave, click: false, unmarked: true },
  { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
];

toolbar.hidden = false;
sendOnce();
retryImages();
bindKeys(KEYS);
fillHelp(help, KEYS);

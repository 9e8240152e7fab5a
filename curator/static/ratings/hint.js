// The hint below the photo: what to do next with the region.

import { t } from "../base/translation.js";

/**
 * What the hint depends on. `tool` is the one in hand; `isAdjusting` says whether the region has its corners to drag.
 * @typedef {object} Situation
 * @property {import("./region.js").Tool | null} tool
 * @property {boolean} isTouched
 * @property {boolean} isAdjusting
 * @property {boolean} isSuggested
 * @property {boolean} isHidden
 * @property {boolean} isRefused
 * @property {boolean} reachesEyes
 */

/** @param {Situation} now */
export function hint(now) {
  if (now.tool) return drawing(now);
  if (now.isRefused) return t("Undo takes the refused region back.");
  if (now.isHidden) return t("The region is hidden. Saving keeps it as it is.");
  if (now.reachesEyes) return t("The region reaches the eye line: move it below, or save anyway if the line is wrong.");
  if (now.isTouched) return touching(now);
  if (now.isSuggested) return t("Suggested region: saving accepts it as is. Drag its corners to adjust.");
  return t("Drag the corners to adjust. Cheeks and nose, without eyes and forehead.");
}

/** @param {Situation} now */
function drawing({ tool, isTouched }) {
  if (tool === "rectangle") return t("Drag a rectangle over the cheeks and nose, without the eyes and forehead.");
  if (isTouched) return t("Tap around the cheeks and nose; tap the first point to close. Undo takes a point back.");
  return t(
    "Click around the cheeks and nose. Enter or the first point closes, Backspace takes a point back, Esc cancels.",
  );
}

/** @param {Situation} now */
function touching({ isAdjusting, isSuggested }) {
  if (isAdjusting) return t("Drag a corner or the region; tap beside it when done.");
  if (isSuggested) return t("Suggested region: saving accepts it. Tap it to adjust.");
  return t("Cheeks and nose, without eyes and forehead. Tap to adjust.");
}

// The pairs of a question about a decision, laid over each other: as their difference, or in turns.

/** @import { OverlayKind } from "./overlay.js" */

import { find, findAll, findIfAny } from "../base/elements.js";
import { Overlay } from "./overlay.js";

/**
 * Lay over each other what a question shows; null if it is about something else.
 * @param {ParentNode} root
 */
export function layDoubted(root) {
  const section = findIfAny("#comparison", HTMLElement, root);
  if (!section) return null;
  const pairs = findAll("#against li", HTMLElement, root).map(doubtedPair);
  const overlay = new Overlay(section);
  const toolbar = find(".toolbar", HTMLElement, root);
  let shown = 0;

  /** @param {OverlayKind} kind */
  function show(kind) {
    const [first, second] = pairs[shown % pairs.length].photos;
    overlay.open(kind, first, second, pairs[shown % pairs.length].alignment);
    for (const each of /** @type {const} */ (["difference", "flicker"]))
      find(`[data-action="${each}"]`, HTMLElement, toolbar).setAttribute("aria-pressed", String(each === kind));
  }

  function showOther() {
    if (pairs.length < 2) return false;
    shown += 1;
    show(overlay.kind || "difference");
  }

  const views = {
    difference: () => show("difference"),
    flicker: () => show("flicker"),
    other: showOther,
    switch: () => overlay.switch() ?? true,
    close: () => overlay.close(),
  };
  for (const action of /** @type {const} */ (["difference", "flicker", "other"]))
    find(`[data-action="${action}"]`, HTMLElement, toolbar).onclick = views[action];
  toolbar.hidden = false;
  show("difference");
  return views;
}

/** @param {HTMLElement} item */
function doubtedPair(item) {
  const [first, second] = findAll("img", HTMLImageElement, item).map(({ src }) => src);
  const { dataset } = item;
  return {
    photos: [
      { number: Number(dataset.first), address: first },
      { number: Number(dataset.second), address: second },
    ],
    /** @type {import("../base/answers.js").Alignment | null} */
    alignment: JSON.parse(dataset.alignment ?? "null"),
  };
}

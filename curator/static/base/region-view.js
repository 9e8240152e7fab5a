// Hides the regions drawn over a photo, while a key is held or until its button is pressed again.

/** @import { KeyRow } from "./keys.js" */

import { findAll } from "./elements.js";
import { t } from "./translation.js";

export class RegionView {
  #isHeld = false;
  #hasRegion = false; // whether there is one to hide
  #area;
  #changed;

  /**
   * `changed()` runs whenever the regions of the area are hidden or shown.
   * @param {HTMLElement} area
   * @param {() => void} [changed]
   */
  constructor(area, changed = () => {}) {
    this.#area = area;
    this.#changed = changed;
  }

  get isHidden() {
    return this.#area.classList.contains("regions-hidden");
  }

  get hasRegion() {
    return this.#hasRegion;
  }

  /** Without a region nothing stays hidden. */
  set hasRegion(has) {
    this.#hasRegion = has;
    for (const button of this.#buttons) button.disabled = !has;
    if (!has) this.hide(false);
  }

  /** @param {boolean} on */
  hide(on) {
    const isHidden = on && this.#hasRegion;
    if (isHidden === this.isHidden) return;
    this.#area.classList.toggle("regions-hidden", isHidden);
    for (const button of this.#buttons) button.setAttribute("aria-pressed", String(isHidden));
    this.#changed();
  }

  hold() {
    this.#isHeld = true;
    this.hide(true);
  }

  /** Show again what `hold` hid, and leave hidden what the button hid. */
  release() {
    if (this.#isHeld) this.hide(false);
    this.#isHeld = false;
  }

  get #buttons() {
    return findAll('[data-action="hide_region"]', HTMLButtonElement);
  }
}

/**
 * The row of a table of keys.
 * @param {RegionView} view
 * @param {string} [group]
 * @returns {KeyRow}
 */
export function hidingKey(view, group) {
  return {
    group,
    action: "hide_region",
    keys: ["h"],
    says: t("Hold: hide the region and see the skin under it"),
    run: () => view.hold(),
    release: () => view.release(),
    click: () => view.hide(!view.isHidden),
  };
}

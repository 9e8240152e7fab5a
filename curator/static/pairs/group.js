// A group of photos on a page, which are decided together: the picked photos, their shared zoom, and the keys for both.

/** @import { KeyRow } from "../base/keys.js" */

import { find, findAll, findIfAny } from "../base/elements.js";
import { press, sendOnce } from "../base/forms.js";
import { bindKeys, fillHelp } from "../base/keys.js";
import { t } from "../base/translation.js";
import { zoomKeys, zoomOf } from "../base/zoom.js";

const help = find("#help", HTMLDialogElement);

/**
 * A photo of the group by its number on the page; `box` is there if it can be picked.
 * @typedef {{ number: number, address: string, box: HTMLInputElement | null, figure: HTMLElement }} Member
 */

export class Group {
  views = findIfAny("#views", HTMLElement);
  members = findAll(".member", HTMLElement).map(memberOf);
  #toolbar = findIfAny(".toolbar", HTMLElement);
  #zoom = zoomOf(this.views, this.#toolbar);
  #onPick = () => {};

  get pickedNumbers() {
    return this.members.filter(({ box }) => box?.checked).map(({ number }) => number);
  }

  get mayPick() {
    return this.members.some(({ box }) => box);
  }

  /**
   * Call back whenever a photo is picked or unpicked.
   * @param {() => void} told
   */
  onPick(told) {
    this.#onPick = told;
    for (const { box } of this.members) {
      if (!box) continue;
      box.checked = false; // going back in the browser restores checkboxes
      box.addEventListener("change", () => this.#tellPicked());
    }
  }

  /**
   * Show the scope of a decision.
   * @param {string} says
   * @param {boolean} isQuiet whether it is only a hint
   */
  tell(says, isQuiet) {
    const told = find("#picked", HTMLElement);
    told.textContent = says;
    told.classList.toggle("quiet-hint", isQuiet);
  }

  /** Go back one step: unpick all, show whole photos; false if there is nothing to go back from. */
  leave() {
    if (this.pickedNumbers.length) {
      for (const { box } of this.members) if (box) box.checked = false;
      return this.#tellPicked();
    }
    return this.#zoom && !this.#zoom.isFitted ? this.#zoom.fit() : false;
  }

  /**
   * The keys to go on, to undo, and to pick photos; `picks` says what for.
   * @param {string} picks
   * @returns {KeyRow[]}
   */
  groupKeys(picks) {
    // biome-ignore format: a row of the table is a line
    return [
      { action: "next", keys: ["n"], says: t("Next group, nothing decided"), run: press('[data-action="next"]'), click: false },
      { action: "undo", keys: ["z", "ctrl+z"], says: t("Undo your last decision"), run: press('[data-action="undo"]'), click: false },
      { action: "pick", keys: [..."123456789"], says: picks, run: ({ key }) => this.#pick(Number(key)) },
    ];
  }

  /** @returns {KeyRow[]} */
  zoomKeys() {
    return zoomKeys(this.#zoom);
  }

  /**
   * The keys to go back and for the help; `back` says where Esc leads.
   * @param {string} back
   * @param {() => unknown} leave
   * @returns {KeyRow[]}
   */
  lastKeys(back, leave) {
    return [
      { action: "cancel", keys: ["escape"], says: back, run: leave, click: false, unmarked: true },
      { action: "help", keys: ["?"], says: t("This help"), run: () => help.showModal() },
    ];
  }

  /**
   * Bind the page's table of keys and start.
   * @param {KeyRow[]} table
   * @param {KeyRow[]} [explained] the rows that the help lists
   */
  begin(table, explained = table) {
    if (this.#toolbar) this.#toolbar.hidden = false;
    sendOnce();
    bindKeys(table);
    fillHelp(help, explained);
    this.#prepareNext();
  }

  /** @param {number} number */
  #pick(number) {
    const box = this.members[number - 1]?.box;
    if (!box) return false;
    box.click();
  }

  #tellPicked() {
    this.#onPick();
    for (const { box, figure } of this.members) figure.classList.toggle("picked", box?.checked ?? false);
  }

  /** Let the server draw the pictures of the next group while this one is viewed; this browser keeps none. */
  #prepareNext() {
    const following = this.views?.dataset.nextImages?.trim();
    for (const address of following ? following.split(" ") : []) fetch(address, { method: "HEAD" }).catch(() => {});
  }
}

/**
 * @param {HTMLElement} figure
 * @returns {Member}
 */
function memberOf(figure) {
  return {
    number: Number(figure.dataset.number),
    address: find("img", HTMLImageElement, figure).src,
    box: findIfAny("input[name=photo]", HTMLInputElement, figure),
    figure,
  };
}

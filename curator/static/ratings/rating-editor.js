// Edits the rating of the current photo: choices, region and note, their drafts, undo and redo, and the hint below the photo.

/** @import { Entry, Photo, Region } from "../base/answers.js" */
/** @import { Choice } from "./choices.js" */
/** @import { Origin } from "./origin.js" */
/** @import { Missing } from "./status.js" */

import { find, textField } from "../base/elements.js";
import { RegionView } from "../base/region-view.js";
import { t } from "../base/translation.js";
import { Attention } from "./attention.js";
import { askFor, missingChoice } from "./choices.js";
import { Drafts } from "./drafts.js";
import { EntryForm, fromServer, saysTheSame } from "./entry.js";
import { EyeLine } from "./eye-line.js";
import { isTouched } from "./fingers.js";
import { hint } from "./hint.js";
import { originOfChanged } from "./origin.js";
import { RegionEditor } from "./region.js";
import { restsOnSource } from "./source.js";

/**
 * The page's callbacks: `changed()` runs on every change; `isFrozen()` says whether changes are blocked now;
 * `say(text)` shows what is missing.
 * @typedef {object} RatingHooks
 * @property {() => void} changed
 * @property {() => boolean} isFrozen
 * @property {(text: string) => void} say
 */

export class RatingEditor {
  /** @type {RegionEditor | null} */
  region = null;
  #saidNoRegion = false;
  #isRefused = false; // the region, since the last change
  #photo;
  #start;
  #form;
  #plate;
  #hooks;
  #mayRate;
  #entry;
  #drafts;
  #eyes;
  #attention = new Attention();
  /** @type {Record<string, string>} */
  #starts;
  #lastRegionKey;

  /**
   * @param {HTMLFormElement} form
   * @param {HTMLElement} plate
   * @param {Photo} photo
   * @param {Choice[]} choices
   * @param {{ rater: string, queue: string, mayRate: boolean }} who
   * @param {RatingHooks} hooks
   */
  constructor(form, plate, photo, choices, { rater, queue, mayRate }, hooks) {
    this.#form = form;
    this.#plate = plate;
    this.#photo = photo;
    this.#hooks = hooks;
    this.#mayRate = mayRate;
    this.choices = choices;
    const codes = choices.map(({ code }) => code);
    this.#entry = new EntryForm(form, codes);
    this.#drafts = new Drafts(rater, queue);
    this.#eyes = new EyeLine(plate);
    this.view = new RegionView(plate, () => this.tell());
    this.#start = this.#entry.value;
    this.#starts = Object.fromEntries(choices.map(({ code, start }) => [code, start]));
    this.#lastRegionKey = `malar.region.${rater}`;
    form.addEventListener("input", () => this.#note());
  }

  /** Set up drawing; without the library everything else on the page still works. */
  async openDrawing() {
    try {
      this.region = await RegionEditor.open(this.#plate, {
        changed: (region, isNew) => this.#takeRegion(region, isNew ? "drawn" : originOfChanged(this.value.origin)),
        adjusting: () => this.tell(),
      });
      this.#showRegion();
      find("#region-field", HTMLElement).hidden = true;
    } catch (error) {
      console.error(error);
    }
    this.tell();
  }

  /**
   * Start with a photo: the draft, else the rater's own rating, else the suggestion.
   * @param {Photo} photo
   */
  open(photo) {
    const looked = photo.id === this.#photo.id ? this.#attention.seconds : 0;
    this.#photo = photo;
    this.#eyes.open(photo);
    const draft = this.#mayRate ? this.#drafts.find(photo.id) : null;
    this.#attention.begin(Math.max(looked, draft?.active_s ?? 0));
    this.#start = photo.own ? fromServer(photo.own) : this.#fresh;
    this.#askReason(photo.asks_reason);
    this.#entry.begin(draft?.entry ?? this.#start, draft?.version ?? photo.version);
    find("#draft", HTMLElement).hidden = !draft;
    this.#saidNoRegion = this.#isRefused = false;
    this.#hooks.say("");
    this.region?.leave();
    this.#showRegion();
    this.tell();
  }

  get value() {
    return this.#entry.value;
  }

  /** The form as it is sent, with how long the photo was looked at. */
  get fields() {
    textField(this.#form, "active_s").value = String(this.#attention.seconds);
    return new FormData(this.#form);
  }

  /** Whether the evidence chosen is one that only the photo's source can give. */
  get restsOnSource() {
    return restsOnSource(this.choices, this.value);
  }

  get isDirty() {
    // A form that nobody may fill in says nothing.
    return this.#mayRate && (!saysTheSame(this.value, this.#start) || this.value.reason !== "");
  }

  get keepsDrafts() {
    return this.#drafts.works;
  }

  /** Drop the photo's draft, and return it. */
  dropDraft() {
    const draft = this.#drafts.find(this.#photo.id);
    this.#drafts.drop(this.#photo.id);
    return draft;
  }

  /**
   * @param {number} photo
   * @param {import("./drafts.js").Draft} draft
   */
  restoreDraft(photo, { version, entry, active_s = 0 }) {
    this.#drafts.keep(photo, version, entry, active_s);
  }

  discard() {
    this.dropDraft();
    this.open(this.#photo);
  }

  noteSaved() {
    const { region } = this.value;
    this.dropDraft();
    // Evidence from the source would be claimed for the next photo without a look at its own.
    const kept = this.choices.filter((choice) => choice.remembered && !restsOnSource([choice], this.value));
    for (const { code } of kept) this.#starts[code] = this.value[code] ?? "";
    if (region) sessionStorage.setItem(this.#lastRegionKey, region);
    textField(this.#form, "reason").value = "";
    this.#start = this.value;
  }

  /**
   * Let this version replace a newer one.
   * @param {Photo} newer
   */
  insistOver(newer) {
    this.#entry.version = newer.version;
    this.#askReason(newer.asks_reason);
  }

  insistOnEyes() {
    textField(this.#form, "over_eyes").value = "yes";
    this.#note();
  }

  /** Let the next undo take the region back that was refused, whatever was chosen since it was drawn. */
  noteRefusedRegion() {
    this.#entry.moveRegionLast();
    this.#isRefused = true;
    this.tell();
  }

  /**
   * What is missing before it can be saved; a missing region is mentioned only once.
   * @returns {Missing | null}
   */
  missing() {
    const { label, region } = this.value;
    const choice = missingChoice(this.choices, this.value);
    const why = textField(this.#form, "reason");
    if (!why.disabled && !why.value.trim()) {
      why.focus();
      return { what: "reason", says: t("A ruling stands on this photo: say in one line why it changes.") };
    }
    if (choice) return { what: choice.code, says: askFor(choice, isTouched()) };
    if (this.region?.isDrawing)
      return {
        what: "outline",
        says: isTouched()
          ? t("Finish the outline first: tap its first point, or Undo to take its points back.")
          : t("Finish the outline first: Enter or a click on its first point closes it, Esc discards it."),
      };
    if (this.region?.tool && region) {
      this.#showRegion();
      this.tell();
      const says = t("Nothing new was drawn: the region shown again is the one that stays. Save again to save it.");
      return { what: "outline", says };
    }
    if (!region && label !== "unsure" && !this.#saidNoRegion) {
      this.#saidNoRegion = true;
      const says = t("No region is drawn, so the photo would be left out of exports. Save again to keep it that way.");
      return { what: "region", says };
    }
    return null;
  }

  // -- Actions of keys and buttons; false if they do nothing

  /**
   * @param {string} name
   * @param {string} value
   */
  choose(name, value) {
    if (this.#isClosed) return false;
    const input = find(`input[name="${name}"][value="${value}"]`, HTMLInputElement, this.#form);
    input.checked = input.type === "radio" || !input.checked;
    this.#note();
  }

  /** @param {(region: RegionEditor) => void} run */
  draw(run) {
    if (this.#isClosed || !this.region) return false;
    this.view.hide(false);
    run(this.region);
    this.tell();
  }

  /** Close the polygon that is being drawn; false if there is none, or too little of it. */
  async closeOutline() {
    return !this.#isClosed && (await this.region?.close()) === true;
  }

  /**
   * Whether an arrow key moved the region or a corner; one that is hidden stays where it is.
   * @param {KeyboardEvent} event
   */
  nudgeByKey(event) {
    return !this.#isClosed && !this.view.isHidden && this.region?.nudgeByKey(event) === true;
  }

  remove() {
    return this.draw((region) => region.remove());
  }

  /** Put the tool down, or discard what is begun if there is no region to go back to, or leave the corners. */
  cancel() {
    const { region } = this;
    if (!region) return false;
    if (region.tool && this.value.region) return this.draw((it) => it.stopDrawing());
    if (region.isDrawing) return region.dropBegun();
    if (!region.leave()) return false;
    this.tell();
  }

  takeSuggested() {
    const otherwise = t(
      "There is no suggested region for this photo: no face was found, it has not been searched yet, or the study suggests none here.",
    );
    return this.#take(this.#photo.suggestion?.region, "accepted", otherwise);
  }

  takeLast() {
    const otherwise = t("There is no last region yet: save a photo with a region first.");
    return this.#take(sessionStorage.getItem(this.#lastRegionKey), "copied", otherwise);
  }

  /** Take back the last thing done: a corner of an outline, taking a tool in hand, or a change of the rating. */
  undo() {
    const { region } = this;
    if (!this.#isClosed && region?.isDrawing) return region.stepBack();
    if (region?.tool && this.value.region) return this.draw((it) => it.stopDrawing());
    return this.#step(() => this.#entry.undo());
  }

  redo() {
    if (this.region?.isDrawing) return;
    return this.#step(() => this.#entry.redo());
  }

  /** Show below the photo what to do next, and mark a suggestion or a region that reaches the eyes. */
  tell() {
    const { region } = this.value;
    const isShown = Boolean(region) && !this.region?.tool;
    const isSuggested = isShown && !this.#photo.own && region === this.#photo.suggestion?.region;
    const reaches = this.#eyes.check(isShown ? region : "") && !this.#isRefused;
    this.view.hasRegion = isShown;
    const shown = find("#drawing-hint", Element);
    find(".stage", Element).classList.toggle("suggested", isSuggested);
    shown.classList.toggle("warned", reaches);
    shown.textContent = this.#hint(isSuggested, reaches);
    this.#hooks.changed();
  }

  /** @param {boolean} isAsked whether a ruling stands, which changes with a reason alone */
  #askReason(isAsked) {
    find("#why", HTMLElement).hidden = !isAsked;
    textField(this.#form, "reason").disabled = !isAsked;
  }

  get #isClosed() {
    return !this.#mayRate || this.#hooks.isFrozen();
  }

  /** @returns {Entry} */
  get #fresh() {
    const region = this.#photo.suggestion?.region ?? "";
    const origin = region && "accepted";
    return { label: "", ...this.#starts, region, origin, note: "", over_eyes: "", reason: "" };
  }

  /**
   * @param {boolean} isSuggested
   * @param {boolean} reachesEyes
   */
  #hint(isSuggested, reachesEyes) {
    if (!this.region) return t("Regions cannot be drawn: run `make vendor` on the server, then reload this page.");
    const { tool, isAdjusting } = this.region;
    const { isHidden } = this.view;
    const isRefused = this.#isRefused;
    return hint({ tool, isTouched: isTouched(), isAdjusting, isSuggested, isHidden, isRefused, reachesEyes });
  }

  #note() {
    this.#entry.noteChange();
    this.#afterChange();
  }

  /** Runs after every change of the form. */
  #afterChange() {
    this.#keepDraft();
    this.#isRefused = false;
    this.#hooks.say("");
    this.tell();
  }

  /**
   * @param {Region} region
   * @param {Origin} origin
   */
  #takeRegion(region, origin) {
    textField(this.#form, "region").value = region;
    textField(this.#form, "origin").value = region && origin;
    textField(this.#form, "over_eyes").value = "";
    this.#note();
  }

  /**
   * @param {Region | null | undefined} region
   * @param {Origin} origin
   * @param {string} otherwise what to say if there is none
   */
  #take(region, origin, otherwise) {
    if (this.#isClosed || !this.region) return false;
    if (!region) return this.#hooks.say(otherwise);
    this.#takeRegion(region, origin);
    this.#showRegion();
    this.tell();
  }

  /** @param {() => boolean} run */
  #step(run) {
    if (this.#isClosed) return false;
    if (!run()) return;
    this.#showRegion();
    this.#afterChange();
  }

  #showRegion() {
    this.view.hide(false);
    this.region?.open(this.#photo, this.value.region, { editable: this.#mayRate });
  }

  #keepDraft() {
    if (this.isDirty) this.#drafts.keep(this.#photo.id, this.#entry.version, this.value, this.#attention.seconds);
    else this.dropDraft();
  }
}

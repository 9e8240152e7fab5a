// What is being said of the photo in hand: choices, region and note, their drafts, undo and redo, and the hint under the photo.

import { Drafts } from "./drafts.js";
import { EntryForm, fromServer, saysTheSame } from "./entry.js";
import { EyeLine } from "./eye-line.js";
import { RegionEditor } from "./region.js";
import { t } from "./translation.js";

const $ = (selector) => document.querySelector(selector);

export class RatingEditor {
  /** `changed()` is told of every change; `isFrozen()` whether none may be made now; `say(text)` tells what is missing. */
  constructor(form, plate, { rater, queue, mayRate, changed, isFrozen, say }) {
    Object.assign(this, { form, plate, mayRate, changed, isFrozen, say, editor: null });
    this.entry = new EntryForm(form);
    this.drafts = new Drafts(rater, queue);
    this.eyes = new EyeLine(plate);
    this.usualEvidence = this.entry.value.evidence;
    this.lastRegionKey = `malar.region.${rater}`;
    form.addEventListener("input", () => this.#note());
  }

  /** Make ready to draw; without the library the page does all else. */
  async openEditor() {
    try {
      this.editor = await RegionEditor.open(this.plate, (region) => this.#takeRegion(region));
      this.#showRegion();
      $("#region-field").hidden = true;
    } catch (error) {
      console.error(error);
    }
    this.tell();
  }

  /** Begin with a photo: the draft, else the rater's own word, else the suggestion. */
  open(photo) {
    this.photo = photo;
    this.eyes.open(photo);
    const draft = this.mayRate ? this.drafts.find(photo.id) : null;
    const fresh = {
      label: "",
      sex: "",
      evidence: this.usualEvidence,
      region: photo.suggestion?.region ?? "",
      note: "",
      over_eyes: "",
    };
    this.start = fromServer(photo.own) ?? fresh;
    this.entry.begin(draft?.entry ?? this.start, draft?.version ?? photo.version);
    $("#draft").hidden = !draft;
    this.saidNoRegion = false;
    this.say("");
    this.#showRegion();
    this.tell();
  }

  get value() {
    return this.entry.value;
  }

  get isDirty() {
    return !saysTheSame(this.value, this.start);
  }

  discard() {
    this.drafts.drop(this.photo.id);
    this.open(this.photo);
  }

  noteSaved() {
    const { region, evidence } = this.value;
    this.drafts.drop(this.photo.id);
    this.usualEvidence = evidence;
    if (region) sessionStorage.setItem(this.lastRegionKey, region);
    this.start = this.value;
  }

  /** What has to be said before it can be saved; that there is no region is told once. */
  missing() {
    const { label, sex, region } = this.value;
    if (!label) return t("Choose positive, negative or unsure first (1, 2 or 3).");
    if (!sex) return t("Choose the sex first (F, M or U).");
    if (this.editor?.isDrawing) return t("Finish the outline first: click its first point, or Esc to drop it.");
    if (!region && label !== "unsure" && !this.saidNoRegion) {
      this.saidNoRegion = true;
      return t("No region is drawn: the photo would stay out of exports. Save again to leave it so.");
    }
    return "";
  }

  insistOnEyes() {
    this.form.elements.over_eyes.value = "yes";
    this.#note();
  }

  // -- What keys and buttons do; false where they do nothing

  choose(name, value) {
    if (this.#isClosed) return false;
    this.form.querySelector(`input[name="${name}"][value="${value}"]`).checked = true;
    this.#note();
  }

  draw(run) {
    if (this.#isClosed || !this.editor) return false;
    run(this.editor);
    this.tell();
  }

  remove() {
    return this.draw((it) => it.remove());
  }

  cancel() {
    if (!this.editor?.tool || !this.value.region) return false;
    return this.draw((it) => it.stopDrawing());
  }

  takeSuggested() {
    return this.#take(
      this.photo.suggestion?.region,
      t("There is no suggested region for this photo: no face was found, or none was sought yet."),
    );
  }

  takeLast() {
    return this.#take(
      sessionStorage.getItem(this.lastRegionKey),
      t("There is no last region yet: save a photo with one first."),
    );
  }

  undo() {
    return this.#step(() => this.entry.undo());
  }

  redo() {
    return this.#step(() => this.entry.redo());
  }

  /** Tell under the photo what to do next, and mark a suggestion and a region that reaches the eyes. */
  tell() {
    const { region } = this.value;
    const isSuggested = Boolean(region) && !this.photo.own && region === this.photo.suggestion?.region;
    const reaches = this.eyes.check(region);
    $(".stage").classList.toggle("suggested", isSuggested);
    $("#drawing-hint").classList.toggle("warned", reaches);
    $("#drawing-hint").textContent = this.#hint(isSuggested, reaches);
    this.changed();
  }

  get #isClosed() {
    return !this.mayRate || this.isFrozen();
  }

  #hint(isSuggested, reaches) {
    if (!this.editor) return t("Regions cannot be drawn: run `make vendor` on the server, then reload this page.");
    if (this.editor.tool === "rectangle") return t("Drag a rectangle over cheeks and nose, without eyes and forehead.");
    if (this.editor.tool === "polygon")
      return t("Click around cheeks and nose; click the first point or double-click to close. Esc cancels.");
    if (reaches)
      return t(
        "The region reaches the eyes' line: move it below, or save all the same where the eyes were found in a wrong place.",
      );
    if (isSuggested) return t("Suggested region, confirmed by nobody: saving accepts it. Drag its corners to adjust.");
    return t("Drag the corners to adjust. Cheeks and nose, without eyes and forehead.");
  }

  #note() {
    this.entry.noteChange();
    this.#keepDraft();
    this.say("");
    this.tell();
  }

  #takeRegion(region) {
    this.form.elements.region.value = region;
    this.form.elements.over_eyes.value = "";
    this.#note();
  }

  #take(region, otherwise) {
    if (this.#isClosed || !this.editor) return false;
    if (!region) return this.say(otherwise);
    this.#takeRegion(region);
    this.#showRegion();
    this.tell();
  }

  #step(run) {
    if (this.#isClosed) return false;
    if (this.editor?.isDrawing) return this.editor.dropBegun();
    if (!run()) return;
    this.#showRegion();
    this.#keepDraft();
    this.say("");
    this.tell();
  }

  #showRegion() {
    this.editor?.open(this.photo.width, this.photo.height, this.value.region, { editable: this.mayRate });
  }

  #keepDraft() {
    if (this.isDirty) this.drafts.keep(this.photo.id, this.entry.version, this.value);
    else this.drafts.drop(this.photo.id);
  }
}

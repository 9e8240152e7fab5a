// The inbox: files and folders dropped, pasted or chosen, and a line with the outcome of each.

/** @import { IgnoredFiles } from "./ignored-files.js" */
/** @import { IncomingFile } from "./incoming-files.js" */

import { refusalOf } from "../base/api.js";
import { find, findAll, findIfAny, targetOf, textField } from "../base/elements.js";
import { t } from "../base/translation.js";
import { isIgnored } from "./ignored-files.js";
import { chosenFiles, droppedFiles, pastedFiles } from "./incoming-files.js";
import { rememberUpload, tellUnfinishedUpload } from "./unfinished-upload.js";
import { UploadLine } from "./upload-line.js";
import { UploadTotals } from "./upload-totals.js";
import { Batch, Upload, Uploads } from "./uploads.js";

/** @param {string} id */
const part = (id) => find(`#${id}`, HTMLElement);

class Inbox {
  #list = part("files-seen");
  /** @type {Map<Upload, UploadLine>} */
  #lines = new Map();
  /** @type {Set<Upload>} */
  #changed = new Set(); // since the last frame
  /** @type {Set<Upload>} */
  #counted = new Set(); // uploads whose look-alikes are in the totals
  #isDrawing = false;
  /** @type {IgnoredFiles} */
  #ignored;
  #form;
  #uploads;
  #totals;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#ignored = JSON.parse(form.dataset.ignored ?? "");
    this.#uploads = new Uploads(Number(form.dataset.maxBytes), (entry) => this.#onChange(entry));
    this.#totals = new UploadTotals(this.#uploads);
    this.#bindButtons();
    this.#bindPage();
    this.#bindDrop();
    tellUnfinishedUpload().catch(() => {}); // the list of uploads tells it, too
  }

  /** @param {IncomingFile[]} found */
  async #take(found) {
    const shown = found.filter(([path]) => !isIgnored(path, this.#ignored));
    const ignored = found.length - shown.length;
    const source = textField(this.#form, "source").value;
    const batch = new Batch(this.#form.dataset.batches ?? "", { source, ignored, files: shown.length });
    part("results").hidden = false;
    part("unfinished").hidden = true;
    if (!found.length) return this.#totals.say(t("It contained no files."), true);
    this.#totals.ignored += ignored;
    const entries = shown.map(([path, file]) => new Upload(path, file, batch));
    this.#uploads.add(entries);
    this.#list.append(...entries.map((entry) => this.#lineOf(entry)));
    if (!shown.length) await batch.open().catch((error) => this.#totals.say(refusalOf(error).message, true));
    this.#onChange();
  }

  /** @param {Upload} entry */
  #lineOf(entry) {
    const line = new UploadLine(entry, () => this.#uploads.retry([entry]));
    this.#lines.set(entry, line);
    return line.element;
  }

  /**
   * Draw changes in the next frame: thousands of small files change faster than a screen.
   * @param {Upload} [entry]
   */
  #onChange(entry) {
    if (entry) this.#changed.add(entry);
    if (entry?.alike && !this.#counted.has(entry)) {
      this.#counted.add(entry);
      this.#totals.lookAlikes += entry.alike.length;
    }
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#isDrawing = false;
    for (const entry of this.#changed) this.#lines.get(entry)?.draw();
    this.#changed.clear();
    this.#totals.draw();
  }

  #bindButtons() {
    const uploads = this.#uploads;
    for (const input of findAll("#files, #folder", HTMLInputElement)) {
      input.addEventListener("change", () => this.#take(chosenFiles(input)));
    }
    for (const scripted of findAll(".scripted", HTMLElement)) scripted.hidden = false;
    part("retry-all").addEventListener("click", () => uploads.retry(uploads.failed));
    part("stop").addEventListener("click", () => leaveButton(() => uploads.stop()));
    part("try-now").addEventListener("click", () => leaveButton(() => uploads.resume()));
    const only = find("#only", HTMLSelectElement);
    only.addEventListener("change", () => {
      this.#list.dataset.only = only.value;
    });
    this.#form.addEventListener("submit", (event) => event.preventDefault());
  }

  #bindPage() {
    // Following a link must not end the upload.
    part("results").addEventListener("click", (event) => {
      const link = targetOf(event).closest("a");
      if (link) link.target = this.#uploads.left ? "_blank" : "";
    });
    window.addEventListener("online", () => this.#uploads.paused && this.#uploads.resume());
    window.addEventListener("pagehide", () => rememberUpload(this.#uploads));
    window.addEventListener("beforeunload", (event) => {
      if (this.#uploads.left) event.preventDefault();
    });
  }

  #bindDrop() {
    const drop = part("drop");
    window.addEventListener("dragover", (event) => event.preventDefault()); // a stray drop must not replace the page
    window.addEventListener("dragenter", () => drop.classList.add("over"));
    window.addEventListener("dragleave", (event) => event.relatedTarget ?? drop.classList.remove("over"));
    window.addEventListener("drop", async (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      if (event.dataTransfer) this.#take(await droppedFiles(event.dataTransfer));
    });
    window.addEventListener("paste", (event) => {
      const found = pastedFiles(event.clipboardData);
      if (!found.length) return; // text, for the field
      event.preventDefault();
      this.#take(found);
    });
  }
}

/**
 * A button that disappears when pressed passes the focus on.
 * @param {() => void} act
 */
function leaveButton(act) {
  part("results-title").focus();
  act();
}

const form = findIfAny("#inbox", HTMLFormElement);
if (form) new Inbox(form);

// The rating of the current photo, as in the form, and the history of its changes.

/** @import { Entry, SavedEntry } from "../base/answers.js" */

import { findAll, textField } from "../base/elements.js";

const TEXTS = ["region", "origin", "note", "over_eyes", "reason"];
const UNSAID = ["origin", "reason"]; // no part of what is said of the photo
const TYPED = ["note", "reason"];
const ON_REGION = ["origin", "over_eyes"]; // follow the region and are shown nowhere: no step of their own

/**
 * Whether two entries are equal; a missing value counts as empty. Where the region is from is no part of what is said,
 * and the server may know it better; nor is why a ruling changes.
 * @param {Partial<Entry>} one
 * @param {Partial<Entry>} other
 */
export function saysTheSame(one, other) {
  const said = namesOf(one, other).filter((name) => !UNSAID.includes(name));
  return said.every((name) => String(one[name] ?? "").trim() === String(other[name] ?? "").trim());
}

/**
 * An entry from the server, in the form's values.
 * @param {SavedEntry} own
 * @returns {Entry}
 */
export function fromServer(own) {
  return /** @type {Entry} */ ({ ...own, over_eyes: own.over_eyes ? "yes" : "" });
}

/**
 * Name the values that differ between two entries, as far as the rater sees them.
 * @param {Entry} one
 * @param {Entry} other
 */
function differing(one, other) {
  return namesOf(one, other)
    .filter((name) => one[name] !== other[name] && !ON_REGION.includes(name))
    .join();
}

/**
 * Give an entry the region of another.
 * @param {Entry} entry
 * @param {Pick<Entry, "region" | "origin" | "over_eyes">} other
 * @returns {Entry}
 */
function withRegion(entry, { region, origin, over_eyes }) {
  return { ...entry, region, origin, over_eyes };
}

/**
 * @param {Partial<Entry>} one
 * @param {Partial<Entry>} other
 */
function namesOf(one, other) {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])];
}

/** Undo and redo of the changes to one entry; consecutive changes to a typed text are one step. */
export class EntryHistory {
  /** @type {Entry[]} */
  #past = [];
  /** @type {Entry[]} */
  #future = [];
  #lastChanged = "";
  #now;

  /** @param {Entry} start */
  constructor(start) {
    this.#now = start;
  }

  /** @param {Entry} entry */
  note(entry) {
    const changed = differing(entry, this.#now);
    if (!changed) {
      this.#now = entry;
      return;
    }
    if (!TYPED.includes(changed) || this.#lastChanged !== changed) this.#past.push(this.#now);
    this.#lastChanged = changed;
    this.#future = [];
    this.#now = entry;
  }

  /** Make the region's last change the next to be undone, though others came after it; or else the region itself. */
  moveRegionLast() {
    const { region } = this.#now;
    const last = this.#past.findLastIndex((entry) => entry.region !== region);
    const before = this.#past[last] ?? { region: "", origin: "", over_eyes: "" };
    if (before.region === region) return;
    const since = [...this.#past.slice(last + 1), this.#now].map((entry) => withRegion(entry, before));
    this.#past = [...this.#past.slice(0, last + 1), ...(last < 0 ? since : since.slice(1))];
    this.#lastChanged = "region";
  }

  /** Return the entry before the last change; null if nothing was changed. */
  back() {
    return this.#step(this.#past, this.#future);
  }

  forth() {
    return this.#step(this.#future, this.#past);
  }

  /**
   * @param {Entry[]} from
   * @param {Entry[]} to
   */
  #step(from, to) {
    const entry = from.pop();
    if (!entry) return null;
    to.push(this.#now);
    this.#now = entry;
    this.#lastChanged = "";
    return entry;
  }
}

export class EntryForm {
  /**
   * @param {HTMLFormElement} form
   * @param {string[]} choices names of the choices
   */
  constructor(form, choices) {
    this.form = form;
    this.choices = choices;
    this.history = new EntryHistory(this.value);
  }

  /** @returns {Entry} */
  get value() {
    const data = new FormData(this.form);
    const chosen = this.choices.map((name) => [name, data.getAll(name).join(" ")]);
    return Object.fromEntries([...chosen, ...TEXTS.map((name) => [name, data.get(name) ?? ""])]);
  }

  set value(entry) {
    for (const name of this.choices) {
      const codes = (entry[name] ?? "").split(" ");
      for (const input of findAll(`[name="${name}"]`, HTMLInputElement, this.form))
        input.checked = codes.includes(input.value);
    }
    for (const name of TEXTS) textField(this.form, name).value = entry[name] ?? "";
  }

  get version() {
    return Number(textField(this.form, "version").value);
  }

  set version(version) {
    textField(this.form, "version").value = String(version);
  }

  /**
   * Start over with another photo's entry: earlier changes can no longer be undone.
   * @param {Entry} entry
   * @param {number} version
   */
  begin(entry, version) {
    this.value = entry;
    this.version = version;
    this.history = new EntryHistory(this.value);
  }

  noteChange() {
    this.history.note(this.value);
  }

  moveRegionLast() {
    this.history.moveRegionLast();
  }

  undo() {
    return this.#take(this.history.back());
  }

  redo() {
    return this.#take(this.history.forth());
  }

  /** @param {Entry | null} entry */
  #take(entry) {
    if (entry) this.value = entry;
    return entry !== null;
  }
}

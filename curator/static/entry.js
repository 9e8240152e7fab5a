// What the rater says of the photo in hand, as the form holds it, and the way back through its changes.

const CHOICES = ["label", "sex", "evidence"];
export const NAMES = [...CHOICES, "region", "note", "over_eyes"];

/** Whether two entries say the same; what one leaves out counts as empty. */
export function saysTheSame(one, other) {
  return NAMES.every((name) => String(one[name] ?? "").trim() === String(other[name] ?? "").trim());
}

/** An entry as the server tells it, in the form's own values. */
export function fromServer(own) {
  return own && { ...own, over_eyes: own.over_eyes ? "yes" : "" };
}

export class EntryForm {
  constructor(form) {
    this.form = form;
    this.#forget();
  }

  get value() {
    const data = new FormData(this.form);
    return Object.fromEntries(NAMES.map((name) => [name, data.get(name) ?? ""]));
  }

  set value(entry) {
    const { elements } = this.form;
    for (const name of CHOICES) {
      for (const input of elements[name]) input.checked = input.value === entry[name];
    }
    for (const name of ["region", "note", "over_eyes"]) elements[name].value = entry[name] ?? "";
  }

  get version() {
    return Number(this.form.elements.version.value);
  }

  set version(version) {
    this.form.elements.version.value = version;
  }

  /** Begin anew with another photo's entry: what was before cannot come back. */
  begin(entry, version) {
    this.value = entry;
    this.version = version;
    this.#forget();
  }

  /** Note that something changed; changes of one text in a row are one step. */
  noteChange() {
    const now = this.value;
    const changed = NAMES.filter((name) => now[name] !== this.last[name]).join();
    if (!changed) return;
    if (changed !== "note" || this.lastChanged !== "note") this.past.push(this.last);
    this.lastChanged = changed;
    this.future = [];
    this.last = now;
  }

  undo() {
    return this.#step(this.past, this.future);
  }

  redo() {
    return this.#step(this.future, this.past);
  }

  #step(from, to) {
    if (!from.length) return false;
    to.push(this.value);
    this.value = this.last = from.pop();
    this.lastChanged = "";
    return true;
  }

  #forget() {
    this.past = [];
    this.future = [];
    this.last = this.value;
    this.lastChanged = "";
  }
}

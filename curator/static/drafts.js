// Words that are not saved yet, kept in this browser: an account's own, by the photo's number, never anything of the photo.

const PREFIX = "malar.draft.";
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;

export class Drafts {
  constructor(rater, queue) {
    this.prefix = `${PREFIX}${rater}.${queue === "adjudicate" ? "ruling." : ""}`;
    this.works = true;
    this.#forgetOld();
  }

  keep(photo, version, entry) {
    try {
      localStorage.setItem(this.prefix + photo, JSON.stringify({ at: Date.now(), version, entry }));
      this.works = true;
    } catch {
      this.works = false; // no room, or none allowed
    }
  }

  find(photo) {
    try {
      return JSON.parse(localStorage.getItem(this.prefix + photo));
    } catch {
      return null;
    }
  }

  drop(photo) {
    try {
      localStorage.removeItem(this.prefix + photo);
    } catch {
      // then none was kept either
    }
  }

  get photos() {
    return this.#keys(this.prefix).map((key) => Number(key.slice(this.prefix.length))).filter(Number.isInteger);
  }

  /** Remove all of the account's: another person may sit here next. */
  clear() {
    for (const key of this.#keys(PREFIX + this.prefix.split(".")[2] + ".")) localStorage.removeItem(key);
  }

  #forgetOld() {
    for (const key of this.#keys(PREFIX)) {
      const { at } = JSON.parse(localStorage.getItem(key)) ?? {};
      if (!(Date.now() - at < KEPT_DAYS * DAY_MS)) localStorage.removeItem(key);
    }
  }

  #keys(prefix) {
    try {
      return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  }
}

// Unsaved ratings, kept in this browser per account and photo number; never anything of the photo itself.

/** @import { Entry } from "../base/answers.js" */

/** @typedef {{ at: number, version: number, entry: Entry, active_s?: number }} Draft */

const PREFIX = "malar.draft.";
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;

/**
 * The prefix of the keys of an account's drafts; drafts of rulings have another one.
 * @param {string} rater
 * @param {string} [queue]
 */
export function draftPrefix(rater, queue) {
  return `${PREFIX}${rater}.${queue === "adjudicate" ? "ruling." : ""}`;
}

/**
 * Whether a stored draft is too old to keep, or not a draft at all.
 * @param {Partial<Draft> | null} draft
 * @param {number} now in milliseconds
 */
export function isOutdated(draft, now) {
  return !(now - Number(draft?.at ?? Number.NaN) < KEPT_DAYS * DAY_MS);
}

/** @param {string} prefix */
function keys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return []; // this browser stores nothing
  }
}

/**
 * @param {string} key
 * @returns {Draft | null}
 */
function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Return the keys of all drafts of an account.
 * @param {string} rater
 */
export function draftsOf(rater) {
  return keys(draftPrefix(rater));
}

/** @param {string} rater */
export function forgetDrafts(rater) {
  for (const key of draftsOf(rater)) localStorage.removeItem(key);
}

export class Drafts {
  works = true;
  #prefix;

  /**
   * @param {string} rater
   * @param {string} queue
   */
  constructor(rater, queue) {
    this.#prefix = draftPrefix(rater, queue);
    for (const key of keys(PREFIX)) if (isOutdated(stored(key), Date.now())) localStorage.removeItem(key);
  }

  /**
   * @param {number} photo
   * @param {number} version
   * @param {Entry} entry
   * @param {number} active_s how long the photo was looked at
   */
  keep(photo, version, entry, active_s) {
    try {
      localStorage.setItem(this.#prefix + photo, JSON.stringify({ at: Date.now(), version, entry, active_s }));
      this.works = true;
    } catch {
      this.works = false; // storage is full or not allowed
    }
  }

  /** @param {number} photo */
  find(photo) {
    return stored(this.#prefix + photo);
  }

  /** @param {number} photo */
  drop(photo) {
    if (keys(this.#prefix + photo).length) localStorage.removeItem(this.#prefix + photo);
  }
}

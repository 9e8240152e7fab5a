// Words that are not saved yet, kept in this browser: an account's own, by the photo's number, never anything of the photo.

const PREFIX = "malar.draft.";
const KEPT_DAYS = 7;
const DAY_MS = 86_400_000;

const prefixOf = (rater) => `${PREFIX}${rater}.`;

function keys(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return []; // this browser keeps nothing
  }
}

function stored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Name all drafts of an account. */
export function draftsOf(rater) {
  return keys(prefixOf(rater));
}

export function forgetDrafts(rater) {
  for (const key of draftsOf(rater)) localStorage.removeItem(key);
}

export class Drafts {
  constructor(rater, queue) {
    this.prefix = prefixOf(rater) + (queue === "adjudicate" ? "ruling." : "");
    this.works = true;
    for (const key of keys(PREFIX)) {
      if (!(Date.now() - stored(key)?.at < KEPT_DAYS * DAY_MS)) localStorage.removeItem(key);
    }
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
    return stored(this.prefix + photo);
  }

  drop(photo) {
    if (keys(this.prefix + photo).length) localStorage.removeItem(this.prefix + photo);
  }
}

// The photos after the current one, fetched and decoded ahead of time.

/** @import { Photo } from "../base/answers.js" */

import { read } from "../base/api.js";

/**
 * A photo and its picture; `ready` resolves when it can be painted at once.
 * @typedef {{ photo: Photo, image: HTMLImageElement, ready: Promise<void> }} LoadedPhoto
 */

const COUNT = 3;

/**
 * Begin to load a photo's picture.
 * @param {Photo} photo
 * @returns {LoadedPhoto}
 */
export function loadPhoto(photo) {
  const image = new Image();
  image.src = photo.pictures.display;
  return { photo, image, ready: image.decode().catch(() => {}) }; // a broken image shows its alt text
}

export class Prefetch {
  #address;
  /** @type {LoadedPhoto[]} */
  #waiting = [];
  /** @type {Promise<void>} */
  #filling = Promise.resolve();
  #after = 0;

  /** @param {string} address */
  constructor(address) {
    this.#address = address;
  }

  get photos() {
    return this.#waiting.map(({ photo }) => photo);
  }

  /**
   * Fetch what follows a photo; the server claims both for the rater.
   * @param {number} after
   */
  fill(after) {
    this.#after = after;
    this.#filling = this.#fill(after).catch(() => {}); // the next photo is then fetched on demand
  }

  /** Forget what was fetched: the page moved to a photo that something else follows. */
  drop() {
    this.#waiting = [];
  }

  /** Take the next photo; null if none is known, and the page has to be left for it. */
  async take() {
    if (!this.#waiting.length) await this.#filling;
    const next = this.#waiting.shift() ?? null;
    await next?.ready;
    return next;
  }

  /** @param {number} after */
  async #fill(after) {
    const mark = this.#address.includes("?") ? "&" : "?";
    /** @type {{ photos: Photo[] }} */
    const { photos } = await read(`${this.#address}${mark}after=${after}&count=${COUNT}`);
    if (after !== this.#after) return; // the rater has moved on by now
    const known = new Map(this.#waiting.map((one) => [one.photo.id, one]));
    this.#waiting = photos.map((photo) => known.get(photo.id) ?? loadPhoto(photo));
  }
}

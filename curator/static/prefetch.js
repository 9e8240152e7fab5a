// The photos that follow the one in hand, fetched and decoded before they are wanted.

import { read } from "./api.js";

const COUNT = 3;

/** Begin to load a photo's picture; `ready` resolves when it can be painted at once. */
export function loadPhoto(photo) {
  const image = new Image();
  image.src = photo.pictures.display;
  return { photo, image, ready: image.decode().catch(() => {}) }; // one that cannot be shown shows its alt text
}

export class Prefetch {
  constructor(address) {
    this.address = address;
    this.waiting = [];
    this.filling = null;
  }

  get photos() {
    return this.waiting.map(({ photo }) => photo);
  }

  /** Fetch what follows a photo; the server claims both for the rater. */
  fill(after) {
    this.after = after;
    this.filling = this.#fill(after).catch(() => {}); // the next photo is then fetched when it is wanted
    return this.filling;
  }

  /** Take the next photo; null where none is known, and the page is to be left for it. */
  async take() {
    if (!this.waiting.length) await this.filling;
    const next = this.waiting.shift() ?? null;
    await next?.ready;
    return next;
  }

  async #fill(after) {
    const mark = this.address.includes("?") ? "&" : "?";
    const { photos } = await read(`${this.address}${mark}after=${after}&count=${COUNT}`);
    if (after !== this.after) return; // the rater is further by now
    const known = new Map(this.waiting.map((one) => [one.photo.id, one]));
    this.waiting = photos.map((photo) => known.get(photo.id) ?? loadPhoto(photo));
  }
}

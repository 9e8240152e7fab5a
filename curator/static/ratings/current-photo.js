// The current photo of the annotate page, and moving to other photos without leaving the page.

/** @import { Photo } from "../base/answers.js" */
/** @import { LoadedPhoto } from "./prefetch.js" */

import { csrfToken, read, send } from "../base/api.js";
import { loadPhoto, Prefetch } from "./prefetch.js";

/**
 * The page's callbacks: `open(photo, image)` shows a photo; `opened()` runs after it; `leaving()` runs before moving to
 * another photo; `failed(error)` reports why a move failed; `isFrozen()` says whether moving is blocked now.
 * @typedef {object} PhotoHooks
 * @property {(photo: Photo, image: HTMLImageElement) => void} open
 * @property {() => void} opened
 * @property {() => void} leaving
 * @property {(error: unknown) => void} failed
 * @property {() => boolean} isFrozen
 */

export class CurrentPhoto {
  isMoving = false; // to another photo
  isLeaving = false;
  /** @type {Photo | null} the photo shown before this one */
  before = null;
  #prefetch;
  #letGoAddress;
  #mayRate;
  #hooks;

  /**
   * @param {Photo} photo
   * @param {{ ahead: string, letGo: string, mayRate: boolean }} page
   * @param {PhotoHooks} hooks
   */
  constructor(photo, { ahead, letGo, mayRate }, hooks) {
    this.photo = photo;
    this.#prefetch = new Prefetch(ahead);
    this.#letGoAddress = letGo;
    this.#mayRate = mayRate;
    this.#hooks = hooks;
    this.#listen();
  }

  #listen() {
    window.addEventListener("popstate", () => {
      const here = location.pathname + location.search;
      if (here !== this.photo.address) this.move(() => this.goTo(here, { push: false }));
    });
    // Leaving the page releases its photos: others need not wait for them.
    window.addEventListener("pagehide", () => this.letGo());
    // When it is shown again, it claims them again: another tab of the same rater may have released them.
    window.addEventListener("pageshow", (event) => event.persisted && this.fetchNext());
    document.addEventListener("visibilitychange", () => document.hidden || this.fetchNext());
  }

  fetchNext() {
    this.#prefetch.fill(this.photo.id);
  }

  /**
   * Run one move to another photo at a time; if it fails, report why and keep the photo.
   * @param {() => Promise<void>} run
   */
  async move(run) {
    if (this.#hooks.isFrozen()) return;
    this.isMoving = true;
    this.#hooks.leaving();
    try {
      await run();
    } catch (error) {
      this.#hooks.failed(error);
    } finally {
      this.isMoving = false;
    }
  }

  /**
   * @param {string} address
   * @param {{ push?: boolean }} [options]
   */
  async goTo(address, options) {
    const next = loadPhoto(await read(address));
    await next.ready;
    this.#prefetch.drop();
    this.#show(next, options);
  }

  /**
   * Show the next photo; if none is known, go to the address.
   * @param {string} address
   */
  async goOn(address) {
    const next = await this.#prefetch.take();
    if (next) this.#show(next);
    else this.leave(address);
  }

  /** @param {string} address */
  leave(address) {
    this.isLeaving = true;
    location.assign(address);
  }

  /** Release this photo to others and move on. */
  skip() {
    const { skip, let_go } = this.photo.addresses;
    if (!this.#mayRate) return this.leave(skip);
    send(let_go, new FormData()).catch(() => {}); // it is then released later
    this.move(() => this.goOn(skip));
  }

  /** Release the photos that this page has claimed, by a form that needs no header. */
  letGo() {
    if (!this.#mayRate) return;
    const data = new FormData();
    data.set("csrf_token", csrfToken());
    for (const { id } of [this.photo, ...this.#prefetch.photos]) data.append("photo", String(id));
    navigator.sendBeacon(this.#letGoAddress, data);
  }

  /**
   * @param {LoadedPhoto} next
   * @param {{ push?: boolean }} [options]
   */
  #show({ photo, image }, { push = true } = {}) {
    this.before = this.photo;
    this.photo = photo;
    this.#hooks.open(photo, image);
    if (push) history.pushState(null, "", photo.address);
    this.#hooks.opened();
    this.fetchNext();
  }
}

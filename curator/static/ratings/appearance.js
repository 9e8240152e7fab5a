// How the photo looks on the screen: light, redness, and a sharper picture when zoomed in. None of this is stored.

/** @import { Photo } from "../base/answers.js" */

import { find } from "../base/elements.js";
import { t } from "../base/translation.js";

/** @typedef {"brightness" | "contrast"} Light */

/**
 * What the zero of a redness picture is, as the server's header says; "failed" if there is no picture.
 * @typedef {"skin" | "photo" | "grey" | "failed"} Scale
 */

const STEP = 10; // percent of brightness or contrast per key press
const PLAIN = "100";
const LATER_MS = 400; // the photo itself and the next ones come first

export class Appearance {
  /** @type {Photo | null} */
  #photo = null;
  /** @type {HTMLImageElement | null} */
  #redness = null;
  /** @type {Scale | ""} */
  #scale = "";
  #isSharp = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #later;
  #plate;
  #sliders;
  #button;
  #says;

  /**
   * @param {HTMLElement} plate
   * @param {Record<Light, HTMLInputElement>} sliders
   * @param {HTMLElement} button
   * @param {HTMLElement} says explains the scale of the redness
   */
  constructor(plate, sliders, button, says) {
    this.#plate = plate;
    this.#sliders = sliders;
    this.#button = button;
    this.#says = says;
    for (const slider of Object.values(sliders)) slider.addEventListener("input", () => this.#light());
  }

  /**
   * Show another photo's decoded picture, unaltered.
   * @param {Photo} photo
   * @param {HTMLImageElement} image
   */
  open(photo, image) {
    this.#photo = photo;
    this.#put(image, photo);
    this.#redness?.remove();
    this.#redness = null;
    this.#scale = "";
    this.#isSharp = !photo.pictures.closeup;
    clearTimeout(this.#later);
    this.#later = setTimeout(() => this.#fetchRedness(), LATER_MS);
    this.plain();
    this.showRedness(false);
  }

  plain() {
    for (const slider of Object.values(this.#sliders)) slider.value = PLAIN;
    this.#light();
  }

  /**
   * @param {Light} name
   * @param {number} steps
   */
  change(name, steps) {
    const slider = this.#sliders[name];
    slider.value = String(Number(slider.value) + steps * STEP);
    this.#light();
  }

  /** @param {boolean} on */
  showRedness(on) {
    this.#button.setAttribute("aria-pressed", String(on));
    this.#plate.classList.toggle("red", on);
    this.#explain();
    if (on) this.#fetchRedness();
  }

  get showsRedness() {
    return this.#plate.classList.contains("red");
  }

  /**
   * Fetch the larger picture if the one shown has fewer pixels than the screen.
   * @param {number} width of the photo on the screen
   */
  async sharpen(width) {
    const photo = this.#photo;
    const { naturalWidth } = this.#image;
    if (!photo || this.#isSharp || !naturalWidth || width * devicePixelRatio <= naturalWidth) return;
    this.#isSharp = true;
    const image = new Image();
    image.src = photo.pictures.closeup;
    await image.decode();
    if (photo !== this.#photo) return;
    this.#put(image, photo);
    this.#plate.dataset.picture = "closeup";
  }

  get #image() {
    return find("#photo", HTMLImageElement, this.#plate);
  }

  /**
   * @param {HTMLImageElement} image
   * @param {Photo} photo
   */
  #put(image, photo) {
    this.#image.replaceWith(image);
    image.id = "photo";
    image.alt = photo.title;
  }

  #light() {
    const { brightness, contrast } = this.#sliders;
    const isPlain = brightness.value === PLAIN && contrast.value === PLAIN;
    this.#plate.classList.toggle("lit", !isPlain);
    this.#plate.style.setProperty("--brightness", `${brightness.value}%`);
    this.#plate.style.setProperty("--contrast", `${contrast.value}%`);
  }

  async #fetchRedness() {
    if (this.#redness || !this.#photo) return;
    const image = Object.assign(new Image(), { alt: "", className: "redness" });
    this.#redness = image;
    this.#image.after(image);
    const scale = await fill(image, this.#photo.pictures.redness);
    if (image !== this.#redness) return;
    this.#scale = scale;
    this.#explain();
  }

  #explain() {
    this.#says.dataset.scale = this.#scale;
    this.#says.textContent = this.showsRedness && this.#scale ? saysOf(this.#scale) : "";
  }
}

/**
 * Fetch a picture into an image and return its scale: one answer brings both, and the browser keeps neither.
 * @param {HTMLImageElement} image
 * @param {string} address
 */
async function fill(image, address) {
  try {
    const answer = await fetch(address, { priority: "low" });
    image.src = URL.createObjectURL(await answer.blob());
    await image.decode();
    return /** @type {Scale} */ (answer.headers.get("Malar-Scale") ?? "failed");
  } catch {
    return "failed";
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

/** @param {Scale} scale */
function saysOf(scale) {
  const words = {
    skin: t("Erythema index above this face’s own skin (forehead, chin, jaws)"),
    photo: t("No face’s own skin was found: the scale is guessed from the whole photo and may mislead."),
    grey: t("This photo has no differences in colour: there is no redness to see."),
    failed: t("The redness could not be loaded."),
  };
  return words[scale];
}

// How the photo looks on the screen: light, redness, and a sharper picture where it is zoomed into. Nothing of it is stored.

const STEP = 10; // percent of brightness or contrast, for one press
const LATER_MS = 400; // the photo itself, and what follows it, come first

export class Appearance {
  constructor(plate, sliders, button) {
    Object.assign(this, { plate, sliders, button });
    for (const slider of Object.values(sliders)) slider.addEventListener("input", () => this.#light());
  }

  /** Take another photo's decoded picture, as it is. */
  open(photo, image) {
    this.photo = photo;
    this.#put(image);
    this.red?.remove();
    this.red = null;
    this.isSharp = !photo.pictures.closeup;
    clearTimeout(this.later);
    this.later = setTimeout(() => this.#fetchRedness(), LATER_MS);
    this.plain();
    this.showRedness(false);
  }

  get image() {
    return this.plate.querySelector("#photo");
  }

  plain() {
    for (const slider of Object.values(this.sliders)) slider.value = 100;
    this.#light();
  }

  change(name, steps) {
    this.sliders[name].value = Number(this.sliders[name].value) + steps * STEP;
    this.#light();
  }

  showRedness(on) {
    this.button.setAttribute("aria-pressed", String(on));
    this.plate.classList.toggle("red", on);
    if (on) this.#fetchRedness();
  }

  get showsRedness() {
    return this.plate.classList.contains("red");
  }

  /** Fetch the larger picture where the one shown has fewer pixels than the screen. */
  async sharpen(width) {
    const { photo } = this;
    if (!photo || this.isSharp || width * devicePixelRatio <= this.image.naturalWidth || !this.image.naturalWidth)
      return;
    this.isSharp = true;
    const image = new Image();
    image.src = photo.pictures.closeup;
    await image.decode();
    if (photo !== this.photo) return;
    this.#put(image);
    this.plate.dataset.picture = "closeup";
  }

  #put(image) {
    this.image.replaceWith(image);
    image.id = "photo";
    image.alt = this.photo.title;
  }

  #light() {
    const { brightness, contrast } = this.sliders;
    const isPlain = brightness.value === "100" && contrast.value === "100";
    this.plate.classList.toggle("lit", !isPlain);
    this.plate.style.setProperty("--brightness", `${brightness.value}%`);
    this.plate.style.setProperty("--contrast", `${contrast.value}%`);
  }

  #fetchRedness() {
    if (this.red) return;
    this.red = Object.assign(new Image(), { src: this.photo.pictures.redness, alt: "", className: "redness" });
    this.image.after(this.red);
    this.red.decode().catch(() => {});
  }
}

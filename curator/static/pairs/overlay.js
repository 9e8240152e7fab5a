// Two photos in one place: the second aligned with the first, alternating or as their difference.

/** @import { Alignment } from "../base/answers.js" */
/** @import { Matrix } from "./warp.js" */

import { find } from "../base/elements.js";
import { number, t } from "../base/translation.js";
import { isFlat, toPixels, warp } from "./warp.js";

/** @typedef {"flicker" | "difference"} OverlayKind */
/** @typedef {{ number: number, address: string }} NumberedPhoto */

/**
 * What is shown: both photos, their pictures, and the second as it lies on the first.
 * @typedef {object} Laid
 * @property {[NumberedPhoto, NumberedPhoto]} photos
 * @property {[HTMLImageElement, HTMLImageElement]} pictures
 * @property {HTMLCanvasElement} second
 * @property {boolean} isAligned
 * @property {boolean} isMirrored whether the second photo is shown mirrored
 */

const FLICKER_MS = 700; // under three changes a second: faster flicker could trigger seizures

/**
 * Return a decoded picture; one that the page shows is not fetched again.
 * @param {string} address
 */
async function picture(address) {
  const image = [...document.images].find(({ src }) => src === address) ?? Object.assign(new Image(), { src: address });
  await image.decode();
  return image;
}

/**
 * Draw `second` as it lies over `first`: by the alignment if there is one, else fitted to its frame.
 * @param {HTMLImageElement} first
 * @param {HTMLImageElement} second
 * @param {Alignment | null} alignment
 */
function layOver(first, second, alignment) {
  const [width, height] = [first.naturalWidth, first.naturalHeight];
  const context = contextOf(Object.assign(document.createElement("canvas"), { width, height }));
  const matrix = alignment
    ? toPixels(alignment, width, second.naturalWidth)
    : fitted([width, height], [second.naturalWidth, second.naturalHeight]);
  if (isFlat(matrix)) {
    const [[a, b, x], [c, d, y], [, , depth]] = matrix;
    context.setTransform(new DOMMatrix([a, c, b, d, x, y].map((each) => each / depth)));
    context.drawImage(second, 0, 0);
  } else {
    const page = context.createImageData(width, height);
    warp(pixelsOf(second), matrix, page);
    context.putImageData(page, 0, 0);
  }
  return context.canvas;
}

/**
 * @param {[number, number]} first width and height
 * @param {[number, number]} second
 * @returns {Matrix}
 */
function fitted([width, height], [secondWidth, secondHeight]) {
  const scale = Math.min(width / secondWidth, height / secondHeight);
  const left = (width - secondWidth * scale) / 2;
  const top = (height - secondHeight * scale) / 2;
  return [
    [scale, 0, left],
    [0, scale, top],
    [0, 0, 1],
  ];
}

/** @param {HTMLImageElement} image */
function pixelsOf(image) {
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = contextOf(Object.assign(document.createElement("canvas"), { width, height }));
  context.drawImage(image, 0, 0);
  return context.getImageData(0, 0, width, height);
}

/**
 * Both photos as values of a text.
 * @param {NumberedPhoto} first
 * @param {NumberedPhoto} second
 */
function both(first, second) {
  return { one: Math.min(first.number, second.number), other: Math.max(first.number, second.number) };
}

/**
 * Mean difference of two drawings where both have pixels, in levels of 255.
 * @param {CanvasRenderingContext2D} context
 */
function meanDifference(context) {
  const { data } = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] < 255) continue;
    sum += data[i] + data[i + 1] + data[i + 2];
    count += 3;
  }
  return count ? sum / count : 0;
}

export class Overlay {
  /** @type {OverlayKind | ""} */
  kind = "";
  #wanted = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #shown = 0;
  #showOther = () => {};
  #section;
  #context;
  #compared;
  #laid;

  /** @param {HTMLElement} section */
  constructor(section) {
    this.#section = section;
    this.#context = contextOf(find("canvas", HTMLCanvasElement, section));
    this.#compared = find("#compared", HTMLElement, section);
    this.#laid = find("#laid", HTMLElement, section);
  }

  /**
   * Show two photos; `alignment` puts the second over the first.
   * @param {OverlayKind} kind
   * @param {NumberedPhoto} first
   * @param {NumberedPhoto} second
   * @param {Alignment | null} alignment
   */
  async open(kind, first, second, alignment) {
    this.close();
    const wanted = this.#wanted;
    this.kind = kind;
    this.#section.hidden = false;
    this.#compared.textContent = t("Photos %(one)s and %(other)s are loading.", both(first, second));
    this.#laid.textContent = "";
    const pictures = await Promise.all([picture(first.address), picture(second.address)]);
    if (wanted !== this.#wanted) return; // closed, or another pair was requested in the meantime
    const { canvas } = this.#context;
    Object.assign(canvas, { width: pictures[0].naturalWidth, height: pictures[0].naturalHeight });
    this.#start({
      photos: [first, second],
      isMirrored: alignment?.mirrored ?? false,
      pictures,
      second: layOver(...pictures, alignment),
      isAligned: alignment !== null,
    });
  }

  close() {
    this.#wanted += 1;
    clearInterval(this.#timer);
    this.kind = "";
    this.#section.hidden = true;
    delete this.#section.dataset.shows;
  }

  /** Switch the photo by hand, which stops the alternation. */
  switch() {
    if (this.kind !== "flicker" || !this.#section.dataset.shows) return false;
    clearInterval(this.#timer);
    this.#showOther();
  }

  /** @param {Laid} laid */
  #start(laid) {
    this.#section.dataset.laid = laid.isAligned ? "aligned" : "fitted";
    if (this.kind === "difference") this.#showDifference(laid);
    else this.#startFlicker(laid);
  }

  /** @param {Laid} laid */
  #startFlicker(laid) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const how = still ? t("Space switches the photo.") : t("Space stops, then switches by hand.");
    const placed = laid.isAligned ? t("Laid over each other.") : t("Fitted into one frame.");
    this.#laid.textContent = [placed, mirroring(laid), how].filter(Boolean).join(" ");
    this.#showOther = () => this.#show(laid, 1 - this.#shown);
    this.#show(laid, 0);
    if (!still) this.#timer = setInterval(this.#showOther, FLICKER_MS);
  }

  #clear() {
    this.#context.clearRect(0, 0, this.#context.canvas.width, this.#context.canvas.height);
  }

  /**
   * @param {Laid} laid
   * @param {number} which
   */
  #show({ photos, pictures, second, isMirrored }, which) {
    this.#shown = which;
    this.#clear();
    this.#context.drawImage(which ? second : pictures[0], 0, 0);
    const facts = { number: photos[which].number };
    this.#compared.textContent =
      which && isMirrored ? t("Photo %(number)s, mirrored", facts) : t("Photo %(number)s", facts);
    this.#section.dataset.shows = String(photos[which].number);
  }

  /** @param {Laid} laid */
  #showDifference(laid) {
    const { photos, pictures, second, isAligned } = laid;
    this.#clear();
    this.#context.drawImage(pictures[0], 0, 0);
    this.#context.globalCompositeOperation = "difference";
    this.#context.drawImage(second, 0, 0);
    this.#context.globalCompositeOperation = "destination-in"; // only where both photos have pixels
    this.#context.drawImage(second, 0, 0);
    this.#context.globalCompositeOperation = "source-over";
    const levels = number(meanDifference(this.#context), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const facts = { ...both(...photos), levels };
    this.#compared.textContent = t(
      "Photos %(one)s and %(other)s differ by %(levels)s of 255 levels on average.",
      facts,
    );
    const how = isAligned
      ? t("Aligned; black means equal, and differences are shown four times brighter.")
      : t("Fitted to one frame; black means equal, and differences are shown four times brighter.");
    this.#laid.textContent = [mirroring(laid), how].filter(Boolean).join(" ");
    this.#section.dataset.shows = "difference";
  }
}

/** @param {Laid} laid */
function mirroring({ photos, isMirrored }) {
  return isMirrored ? t("Photo %(number)s is shown mirrored.", { number: photos[1].number }) : "";
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) throw new CanvasMissing();
  return context;
}

class CanvasMissing extends Error {}

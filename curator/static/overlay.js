// Two photos in one place: the second laid over the first, alternating or as their difference.

import { number, t } from "./translation.js";

const FLICKER_MS = 700; // slower than three changes a second, which could harm

async function picture(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

/** Canvas transform that lays `second` over `first`: as the alignment says, else fitted into its frame. */
function layOver(first, second, alignment) {
  if (alignment) {
    const [[a, b, x], [c, d, y]] = alignment.matrix;
    const scale = first.naturalWidth / second.naturalWidth;
    const laid = new DOMMatrix([
      a * scale,
      c * scale,
      b * scale,
      d * scale,
      x * first.naturalWidth,
      y * first.naturalWidth,
    ]);
    return alignment.mirrored ? laid.multiply(new DOMMatrix([-1, 0, 0, 1, second.naturalWidth, 0])) : laid;
  }
  const scale = Math.min(first.naturalWidth / second.naturalWidth, first.naturalHeight / second.naturalHeight);
  const left = (first.naturalWidth - second.naturalWidth * scale) / 2;
  const top = (first.naturalHeight - second.naturalHeight * scale) / 2;
  return new DOMMatrix([scale, 0, 0, scale, left, top]);
}

/** Both photos as values of a text. */
function both(first, second) {
  return { one: Math.min(first.number, second.number), other: Math.max(first.number, second.number) };
}

function drawLaid(context, image, transform) {
  context.save();
  context.setTransform(transform);
  context.drawImage(image, 0, 0);
  context.restore();
}

/** Mean difference of two drawings, in levels of 255, where both are. */
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
  #wanted = 0;
  #timer = 0;
  #pictures = [];
  #shown = 0;

  constructor(section) {
    this.section = section;
    this.context = section.querySelector("canvas").getContext("2d", { willReadFrequently: true });
    this.compared = section.querySelector("#compared");
    this.laid = section.querySelector("#laid");
    this.kind = "";
  }

  /** Show two photos, { number, address } each; `alignment` lays the second over the first. */
  async open(kind, first, second, alignment) {
    this.close();
    const wanted = this.#wanted;
    this.kind = kind;
    this.section.hidden = false;
    this.compared.textContent = t("Photos %(one)s and %(other)s are loading.", both(first, second));
    this.laid.textContent = "";
    const pictures = await Promise.all([picture(first.address), picture(second.address)]);
    if (wanted !== this.#wanted) return; // closed, or another pair asked for meanwhile
    this.photos = [first, second];
    this.#pictures = pictures;
    this.transform = layOver(...pictures, alignment);
    this.context.canvas.width = pictures[0].naturalWidth;
    this.context.canvas.height = pictures[0].naturalHeight;
    if (kind === "difference") this.#showDifference(alignment);
    else this.#startFlicker(alignment);
  }

  close() {
    this.#wanted += 1;
    clearInterval(this.#timer);
    this.kind = "";
    this.section.hidden = true;
    delete this.section.dataset.shows;
  }

  /** Change the photo shown by hand, which stops the alternation. */
  switch() {
    if (this.kind !== "flicker" || !this.section.dataset.shows) return false;
    clearInterval(this.#timer);
    this.#show(1 - this.#shown);
  }

  #startFlicker(alignment) {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const how = still ? t("Space changes the photo.") : t("Space stops and changes by hand.");
    this.laid.textContent = `${alignment ? t("Laid over each other.") : t("Fitted into one frame.")} ${how}`;
    this.#show(0);
    if (!still) this.#timer = setInterval(() => this.#show(1 - this.#shown), FLICKER_MS);
  }

  #clear() {
    this.context.clearRect(0, 0, this.context.canvas.width, this.context.canvas.height);
  }

  #show(which) {
    this.#shown = which;
    this.#clear();
    if (which) drawLaid(this.context, this.#pictures[1], this.transform);
    else this.context.drawImage(this.#pictures[0], 0, 0);
    this.compared.textContent = t("Photo %(number)s", { number: this.photos[which].number });
    this.section.dataset.shows = this.photos[which].number;
  }

  #showDifference(alignment) {
    this.#clear();
    this.context.drawImage(this.#pictures[0], 0, 0);
    this.context.globalCompositeOperation = "difference";
    drawLaid(this.context, this.#pictures[1], this.transform);
    this.context.globalCompositeOperation = "destination-in"; // only where both photos are
    drawLaid(this.context, this.#pictures[1], this.transform);
    this.context.globalCompositeOperation = "source-over";
    const levels = number(meanDifference(this.context), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    this.compared.textContent = t("Photos %(one)s and %(other)s differ by %(levels)s of 255 levels on average.", {
      ...both(...this.photos),
      levels,
    });
    this.laid.textContent = alignment
      ? t("Laid over each other; black is equal, differences are shown four times brighter.")
      : t("Fitted into one frame; black is equal, differences are shown four times brighter.");
    this.section.dataset.shows = "difference";
  }
}

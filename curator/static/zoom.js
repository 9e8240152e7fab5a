// Zoom and pan that all frames of an area share; CSS moves the pictures by three variables.

import { t } from "./words.js";

const CLOSEST = 12;
const STEP = 0.08;
const CLOSER = 1.4;
const ARROWS = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };
const WHEEL_SPEED = 0.002;

function clamp(value, limit) {
  return Math.min(limit, Math.max(-limit, value));
}

/** Where the pointer is in its frame: fractions of it, the middle being 0. */
function place(event, frame) {
  const box = frame.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width - 0.5, y: (event.clientY - box.top) / box.height - 0.5 };
}

/** The zoom of an area, which opens and closes the buttons of a toolbar; null where there is no area. */
export function zoomOf(area, toolbar) {
  const tell = (it) => {
    for (const action of ["fit", "farther"]) toolbar.querySelector(`[data-action="${action}"]`).disabled = it.isFitted;
  };
  return area ? new Zoom(area, tell) : null;
}

/** The rows of a page's table of keys that zoom; without a zoom they do nothing. */
export function zoomKeys(zoom) {
  const withZoom = (run) => () => (zoom ? run(zoom) : false);
  return [
    { action: "closer", keys: ["+", "="], says: t("Zoom in, all photos together"), repeats: true, run: withZoom((it) => it.by(CLOSER)) },
    { action: "farther", keys: ["-"], says: t("Zoom out"), repeats: true, run: withZoom((it) => it.by(1 / CLOSER)) },
    { action: "fit", keys: ["0"], says: t("Whole photos"), run: withZoom((it) => it.fit()) },
    { action: "pan", keys: Object.keys(ARROWS).map((key) => key.toLowerCase()), says: t("Zoomed in: move all photos together"), repeats: true, run: (event) => zoom?.move(...ARROWS[event.key]) ?? Boolean(zoom && !zoom.isFitted) },
  ];
}

class Zoom {
  constructor(area, changed) {
    this.area = area;
    this.changed = changed;
    this.fit();
    area.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    area.addEventListener("pointerdown", (event) => this.#onDown(event));
  }

  get isFitted() {
    return this.scale === 1;
  }

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.#apply();
  }

  /** Zoom by a factor; what lies at the given place of the frame stays there. */
  by(factor, at = { x: 0, y: 0 }) {
    const scale = Math.min(CLOSEST, Math.max(1, this.scale * factor));
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.#apply();
  }

  /** Move by fractions of the frame; false where there is nothing to move. */
  move(x, y) {
    if (this.isFitted) return false;
    this.x += x;
    this.y += y;
    this.#apply();
  }

  #apply() {
    const limit = (this.scale - 1) / 2;
    this.x = clamp(this.x, limit);
    this.y = clamp(this.y, limit);
    for (const name of ["scale", "x", "y"]) this.area.style.setProperty(`--${name}`, String(this[name]));
    this.area.dataset.scale = this.scale.toFixed(2);
    this.changed(this);
  }

  #onWheel(event) {
    const frame = event.target.closest(".frame");
    if (!frame || event.ctrlKey) return;
    event.preventDefault();
    this.by(Math.exp(-event.deltaY * WHEEL_SPEED), place(event, frame));
  }

  #onDown(event) {
    const frame = event.target.closest(".frame");
    if (!frame || event.button || this.isFitted) return;
    event.preventDefault();
    let last = place(event, frame);
    const follow = (moved) => {
      const here = place(moved, frame);
      this.move(here.x - last.x, here.y - last.y);
      last = here;
    };
    frame.setPointerCapture(event.pointerId);
    frame.addEventListener("pointermove", follow);
    frame.addEventListener("lostpointercapture", () => frame.removeEventListener("pointermove", follow), { once: true });
  }
}

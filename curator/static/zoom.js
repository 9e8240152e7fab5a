// Zoom and pan that all frames of an area share; CSS moves the pictures by three variables.

import { clamp, CLOSER, PanZoom, turned } from "./pan-zoom.js";
import { t } from "./translation.js";

const STEP = 0.08; // of the frame, for one press of an arrow key
const ARROWS = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

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
  // biome-ignore format: a row of the table is a line
  return [
    { action: "closer", keys: ["+", "="], says: t("Zoom in, all photos together"), repeats: true, run: withZoom((it) => it.by(CLOSER)) },
    { action: "farther", keys: ["-"], says: t("Zoom out"), repeats: true, run: withZoom((it) => it.by(1 / CLOSER)) },
    { action: "fit", keys: ["0"], says: t("Whole photos"), run: withZoom((it) => it.fit()) },
    { action: "pan", keys: Object.keys(ARROWS).map((key) => key.toLowerCase()), says: t("Zoomed in: move all photos together"), repeats: true, run: (event) => zoom?.move(...ARROWS[event.key]) ?? Boolean(zoom && !zoom.isFitted) },
  ];
}

class Zoom extends PanZoom {
  constructor(area, changed) {
    super();
    this.area = area;
    this.changed = changed;
    this.fit();
    area.addEventListener("wheel", (event) => this.#onWheel(event), { passive: false });
    area.addEventListener("pointerdown", (event) => this.#onDown(event));
  }

  /** Move by fractions of the frame; false where there is nothing to move. */
  move(x, y) {
    if (this.isFitted) return false;
    this.x += x;
    this.y += y;
    this.apply();
  }

  apply() {
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
    this.by(turned(event.deltaY), place(event, frame));
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
    frame.addEventListener("lostpointercapture", () => frame.removeEventListener("pointermove", follow), {
      once: true,
    });
  }
}

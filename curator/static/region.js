// One region on the photo in hand: drawn with Annotorious, kept as points in fractions of the photo.

import { t } from "./translation.js";

const STEP = 0.005; // of the photo, for one press of an arrow key
const START = [
  [0.3, 0.4],
  [0.7, 0.4],
  [0.7, 0.65],
  [0.3, 0.65],
]; // where a face's cheeks often are
const LONGEST_SIDE = 4096; // of the drawing's own units: the same whatever picture of the photo is shown
const UNSAFE_MS = 250; // a first change this soon after the page began throws: Annotorious would join it to the one before

/** Wait until the page is old enough for a first change. */
async function grownUp() {
  while (performance.now() <= UNSAFE_MS)
    await new Promise((done) => setTimeout(done, UNSAFE_MS + 1 - performance.now()));
}

export function parseRegion(text) {
  return text.trim()
    ? text
        .trim()
        .split(/\s+/)
        .map((pair) => pair.split(",").map(Number))
    : [];
}

function formatRegion(points) {
  return points.map(([x, y]) => `${x.toFixed(6)},${y.toFixed(6)}`).join(" ");
}

const clamp = (value) => Math.min(Math.max(value, 0), 1);

function bounds(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

export class RegionEditor {
  /** Lay the drawing over the plate; `changed(text)` is told of every finished change. */
  static async open(plate, changed) {
    const { createImageAnnotator } = await import("./vendor/annotorious.es.js");
    await grownUp();
    return new RegionEditor(createImageAnnotator, plate, changed);
  }

  constructor(createImageAnnotator, plate, changed) {
    this.changed = changed;
    this.points = [];
    this.tool = null;
    this.shown = 0;
    // On a canvas of its own, so that one annotator serves all photos and all pictures of them.
    const canvas = document.createElement("canvas");
    plate.append(canvas);
    // A click on the old region while another is drawn over it would select it and throw the outline away.
    const userSelectAction = () => (this.tool ? "NONE" : "EDIT");
    this.annotator = createImageAnnotator(canvas, { drawingEnabled: false, theme: "light", userSelectAction });
    this.annotator.element.classList.add("drawing");
    this.layer = this.annotator.element.querySelector("svg");
    this.layer.setAttribute("aria-label", t("Region on the photo. Arrow keys move it, with Shift they resize it."));
    new MutationObserver(() => this.nameHandles()).observe(this.layer, { childList: true, subtree: true });
    this.annotator.on("createAnnotation", (annotation) => this.takeDrawn(annotation));
    // While a corner is dragged the shape changes with every move: it counts when the button is let go.
    window.addEventListener("pointerup", () => setTimeout(() => this.takeEdited()));
    this.layer.addEventListener("pointerdown", (event) => this.movePointerTo(event), { capture: true });
    // A corner under a finger goes with it, where the page would scroll; Chromium heeds no touch-action of its circle.
    this.layer.addEventListener(
      "touchstart",
      (event) => event.target.closest(".a9s-touch-handle") && event.preventDefault(),
      { passive: false },
    );
    this.layer.addEventListener("keyup", () => this.takeEdited());
  }

  get id() {
    return `region-${this.shown}`;
  }

  get isDrawing() {
    return this.layer.querySelector(".a9s-rubberband polygon, .a9s-rubberband rect") !== null;
  }

  /** Which corner is selected, by its number; -1 where none is. */
  get selectedCorner() {
    const handle = this.layer.querySelector(".a9s-handle-selected")?.getBoundingClientRect();
    if (!handle) return -1;
    const plate = this.layer.getBoundingClientRect();
    const away = this.points.map(([x, y]) =>
      Math.hypot(
        plate.left + x * plate.width - (handle.left + handle.right) / 2,
        plate.top + y * plate.height - (handle.top + handle.bottom) / 2,
      ),
    );
    return away.indexOf(Math.min(...away));
  }

  /** Take another photo; without a region the rectangle is at hand. */
  open(width, height, text, { editable }) {
    const unit = LONGEST_SIDE / Math.max(width, height);
    this.width = width * unit;
    this.height = height * unit;
    this.layer.setAttribute("viewBox", `0 0 ${this.width} ${this.height}`);
    this.editable = editable;
    this.set(text);
    if (editable && !this.points.length) this.draw("rectangle");
  }

  /** Show a region that came from elsewhere: nobody is told. */
  set(text) {
    this.points = parseRegion(text);
    this.tool = null;
    this.annotator.cancelDrawing();
    this.show();
  }

  draw(tool) {
    this.tool = tool;
    this.annotator.cancelDrawing();
    this.annotator.cancelSelected();
    this.annotator.setDrawingTool(tool);
    this.annotator.setDrawingMode(tool === "polygon" ? "click" : "drag");
    this.annotator.setDrawingEnabled(true);
    this.mark();
  }

  /** Drop an outline that was begun, by two fingers that mean to zoom, say; the tool stays at hand. */
  dropBegun() {
    if (this.tool) this.draw(this.tool);
  }

  stopDrawing() {
    this.annotator.cancelDrawing();
    this.tool = null;
    this.show();
  }

  place() {
    this.change(START);
    this.layer.focus();
  }

  nudge(dx, dy, resize) {
    const { minX, minY, maxX, maxY } = bounds(this.points);
    const grow = ([x, y]) => [x + (dx * (x - minX)) / (maxX - minX || 1), y + (dy * (y - minY)) / (maxY - minY || 1)];
    const move = ([x, y]) => [x + dx, y + dy];
    const moved = this.points.map(resize ? grow : move);
    if (moved.flat().every((value) => value >= 0 && value <= 1)) this.change(moved);
  }

  /** Whether an arrow key moved the region: it does while the region has the focus. */
  nudgeByKey(event) {
    const arrows = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    const by = arrows[event.key];
    if (!by || !this.editable || !this.points.length || !this.layer.contains(event.target)) return false;
    this.nudge(by[0], by[1], event.shiftKey);
    return true;
  }

  /** Take the selected corner away, else the region. A triangle keeps its corners. */
  remove() {
    const corner = this.selectedCorner;
    // Not by Annotorious: it throws where a point between two corners was under the pointer.
    if (corner >= 0) return this.points.length > 3 && this.change(this.points.filter((_, number) => number !== corner));
    if (this.points.length) this.change([]);
    this.draw(this.tool ?? "rectangle");
  }

  change(points) {
    this.points = points;
    this.tool = null;
    this.show();
    this.changed(formatRegion(points));
  }

  takeDrawn(annotation) {
    if (annotation.id !== this.id) this.change(this.toFractions(annotation.target.selector));
  }

  takeEdited() {
    const shown = this.annotator.getAnnotationById(this.id);
    if (!shown || this.tool !== null || !this.editable) return;
    // A quick drag counts as a click beside the region and would put the corners away.
    if (!this.annotator.getSelected().length) this.annotator.setSelected(this.id, true);
    const points = this.toFractions(shown.target.selector);
    if (formatRegion(points) === formatRegion(this.points)) return;
    this.change(points);
  }

  toFractions({ type, geometry }) {
    const { x, y, w, h } = geometry;
    const corners =
      type === "RECTANGLE"
        ? [
            [x, y],
            [x + w, y],
            [x + w, y + h],
            [x, y + h],
          ]
        : geometry.points;
    return corners.map(([px, py]) => [clamp(px / this.width), clamp(py / this.height)]);
  }

  show() {
    const drawing = this.tool !== null;
    this.annotator.setDrawingEnabled(drawing);
    const points = this.points.map(([x, y]) => [x * this.width, y * this.height]);
    const shape = { type: "POLYGON", geometry: { points, bounds: points.length ? bounds(points) : {} } };
    // A new name makes Annotorious forget the selected corner: a quick drag selects one too,
    // and Delete would then take away a corner where the whole region is meant.
    this.shown += 1;
    const region = { id: this.id, bodies: [], target: { annotation: this.id, selector: shape } };
    this.annotator.cancelSelected();
    this.annotator.setAnnotations(points.length ? [region] : [], true);
    if (points.length && !drawing && this.editable) this.annotator.setSelected(this.id, true);
    this.mark();
  }

  /** A finger comes down where it did not move to before; Annotorious puts a corner where the pointer was seen last. */
  movePointerTo(event) {
    if (this.tool === "polygon" && event.pointerType === "touch")
      event.target.dispatchEvent(new PointerEvent("pointermove", event));
  }

  /** Number the corners, all of them anew: taking one away moves the numbers of others. */
  nameHandles() {
    const handles = this.layer.querySelectorAll("[role=button]");
    const count = handles.length;
    handles.forEach((handle, before) =>
      handle.setAttribute(
        "aria-label",
        t("Corner %(number)s of %(count)s of the region", { number: before + 1, count }),
      ),
    );
  }

  mark() {
    this.layer.classList.toggle("armed", this.tool !== null);
    for (const name of ["rectangle", "polygon"]) {
      document.querySelector(`[data-action="${name}"]`)?.setAttribute("aria-pressed", String(this.tool === name));
    }
  }
}

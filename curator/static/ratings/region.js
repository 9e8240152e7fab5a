// One region on the current photo: drawn with Annotorious, kept as points in fractions of the photo.

/** @import { ImageAnnotation, ImageAnnotator, Polygon, Rectangle, Shape, ShapeType } from "@annotorious/annotorious" */
/** @import { Region } from "../base/answers.js" */
/** @import { Point } from "./polygon.js" */

import { find, findIfAny, targetOf } from "../base/elements.js";
import { t } from "../base/translation.js";
import { bounds, formatRegion, isInsidePhoto, moved, parseRegion, resized, withinPhoto } from "./polygon.js";

/** @typedef {"rectangle" | "polygon"} Tool */

const STEP = 0.005; // of the photo, per press of an arrow key
const START = parseRegion("0.3,0.4 0.7,0.4 0.7,0.65 0.3,0.65"); // where the cheeks of a face often are
const LONGEST_SIDE = 4096; // in the drawing's own units: the same for every picture of the photo
const UNSAFE_MS = 250; // a first change this soon after page load throws: Annotorious would merge it with the previous one
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

/** Wait until the page is old enough for a first change. */
async function grownUp() {
  for (;;) {
    const left = UNSAFE_MS - performance.now();
    if (left < 0) return;
    await new Promise((done) => setTimeout(done, left + 1));
  }
}

export class RegionEditor {
  /** @type {Point[]} */
  points = [];
  /** @type {Tool | null} */
  tool = null;
  #isEditable = false;
  #shown = 0;
  #width = 0;
  #height = 0;
  #layer;
  #annotator;
  #changed;

  /**
   * Put the drawing over the plate; `changed(region, isNew)` runs after every finished change, also when a new region was made.
   * @param {HTMLElement} plate
   * @param {(region: Region, isNew: boolean) => void} changed
   */
  static async open(plate, changed) {
    const { createImageAnnotator } = await import("../vendor/annotorious.es.js");
    await grownUp();
    return new RegionEditor(createImageAnnotator, plate, changed);
  }

  /**
   * @param {typeof import("@annotorious/annotorious").createImageAnnotator} createImageAnnotator
   * @param {HTMLElement} plate
   * @param {(region: Region, isNew: boolean) => void} changed
   */
  constructor(createImageAnnotator, plate, changed) {
    this.#changed = changed;
    // On a separate canvas, so that one annotator serves all photos and all their pictures.
    const canvas = document.createElement("canvas");
    plate.append(canvas);
    this.#annotator = this.#annotatorOf(createImageAnnotator, canvas);
    this.#annotator.element.classList.add("drawing");
    this.#layer = find("svg", SVGSVGElement, this.#annotator.element);
    this.#layer.setAttribute("aria-label", t("Region on the photo. Arrow keys move it; with Shift, they resize it."));
    this.#listen();
  }

  /**
   * @param {typeof import("@annotorious/annotorious").createImageAnnotator} create
   * @param {HTMLCanvasElement} canvas
   * @returns {ImageAnnotator}
   */
  #annotatorOf(create, canvas) {
    const [select, edit] = /** @type {import("@annotorious/annotorious").UserSelectAction[]} */ (["NONE", "EDIT"]);
    // Clicking the old region while drawing another over it would select it and discard the outline.
    const userSelectAction = () => (this.tool ? select : edit);
    return create(canvas, { drawingEnabled: false, theme: "light", userSelectAction });
  }

  #listen() {
    const layer = this.#layer;
    new MutationObserver(() => this.#nameHandles()).observe(layer, { childList: true, subtree: true });
    this.#annotator.on("createAnnotation", (annotation) => this.#takeDrawn(annotation));
    // While a corner is dragged, the shape changes with every move: only the release counts.
    window.addEventListener("pointerup", () => setTimeout(() => this.#takeEdited()));
    layer.addEventListener("pointerdown", (event) => this.#movePointerTo(event), { capture: true });
    // A corner under a finger must follow it instead of scrolling the page; Chromium ignores touch-action on its circle.
    /** @param {TouchEvent} event */
    const keepCorner = (event) => targetOf(event).closest(".a9s-touch-handle") && event.preventDefault();
    layer.addEventListener("touchstart", keepCorner, { passive: false });
    layer.addEventListener("keyup", () => this.#takeEdited());
  }

  get isDrawing() {
    return this.#layer.querySelector(".a9s-rubberband polygon, .a9s-rubberband rect") !== null;
  }

  get #id() {
    return `region-${this.#shown}`;
  }

  /** The number of the selected corner; -1 if none is selected. */
  get #selectedCorner() {
    const handle = this.#layer.querySelector(".a9s-handle-selected")?.getBoundingClientRect();
    if (!handle) return -1;
    const plate = this.#layer.getBoundingClientRect();
    const [left, top] = [(handle.left + handle.right) / 2 - plate.left, (handle.top + handle.bottom) / 2 - plate.top];
    const away = this.points.map(([x, y]) => Math.hypot(x * plate.width - left, y * plate.height - top));
    return away.indexOf(Math.min(...away));
  }

  /**
   * Switch to another photo; without a region, the rectangle tool is selected.
   * @param {{ width: number, height: number }} photo
   * @param {Region} region
   * @param {{ editable: boolean }} may
   */
  open({ width, height }, region, { editable }) {
    const unit = LONGEST_SIDE / Math.max(width, height);
    this.#width = width * unit;
    this.#height = height * unit;
    this.#layer.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
    this.#isEditable = editable;
    this.points = parseRegion(region);
    this.stopDrawing();
    if (editable && !this.points.length) this.draw("rectangle");
  }

  /** @param {Tool} tool */
  draw(tool) {
    this.tool = tool;
    this.#annotator.cancelDrawing();
    this.#annotator.cancelSelected();
    this.#annotator.setDrawingTool(tool);
    this.#annotator.setDrawingMode(tool === "polygon" ? "click" : "drag");
    this.#annotator.setDrawingEnabled(true);
    this.#mark();
  }

  /** Discard an unfinished outline, for instance when two fingers start to zoom; the tool stays selected. */
  dropBegun() {
    if (this.tool) this.draw(this.tool);
  }

  stopDrawing() {
    this.#annotator.cancelDrawing();
    this.tool = null;
    this.#show();
  }

  place() {
    this.#change(START, { isNew: true });
    this.#layer.focus();
  }

  /**
   * Whether an arrow key moved the region, which it does while the region has the focus.
   * @param {KeyboardEvent} event
   */
  nudgeByKey(event) {
    const by = ARROWS[event.key];
    if (!by || !this.#isEditable || !this.points.length || !this.#layer.contains(targetOf(event))) return false;
    const nudged = (event.shiftKey ? resized : moved)(this.points, by);
    if (isInsidePhoto(nudged)) this.#change(nudged);
    return true;
  }

  /** Delete the selected corner, or else the region. A triangle keeps its corners. */
  remove() {
    const corner = this.#selectedCorner;
    // Not with Annotorious: it throws if a point between two corners was under the pointer.
    if (corner >= 0)
      return this.points.length > 3 && this.#change(this.points.filter((_, number) => number !== corner));
    if (this.points.length) this.#change([]);
    this.draw(this.tool ?? "rectangle");
  }

  /**
   * @param {Point[]} points
   * @param {{ isNew: boolean }} [made] whether they replace the region rather than change it
   */
  #change(points, { isNew } = { isNew: false }) {
    this.points = points;
    this.tool = null;
    this.#show();
    this.#changed(formatRegion(points), isNew);
  }

  /** @param {ImageAnnotation} annotation */
  #takeDrawn(annotation) {
    if (annotation.id !== this.#id) this.#change(this.#pointsOf(annotation.target.selector), { isNew: true });
  }

  #takeEdited() {
    const shown = this.#annotator.getAnnotationById(this.#id);
    if (!shown || this.tool !== null || !this.#isEditable) return;
    // A quick drag counts as a click outside the region and would hide the corners.
    if (!this.#annotator.getSelected().length) this.#annotator.setSelected(this.#id, true);
    const points = this.#pointsOf(shown.target.selector);
    if (formatRegion(points) !== formatRegion(this.points)) this.#change(points);
  }

  /** @param {Shape} shape */
  #pointsOf(shape) {
    return cornersOf(shape).map(([x, y]) => withinPhoto([x / this.#width, y / this.#height]));
  }

  #show() {
    const drawing = this.tool !== null;
    this.#annotator.setDrawingEnabled(drawing);
    // A new id makes Annotorious forget the selected corner: a quick drag also selects one,
    // and Delete would then remove a corner instead of the whole region.
    this.#shown += 1;
    this.#annotator.cancelSelected();
    this.#annotator.setAnnotations(this.points.length ? [this.#annotation()] : [], true);
    if (this.points.length && !drawing && this.#isEditable) this.#annotator.setSelected(this.#id, true);
    this.#mark();
  }

  /** @returns {ImageAnnotation} */
  #annotation() {
    /** @type {Point[]} */
    const points = this.points.map(([x, y]) => [x * this.#width, y * this.#height]);
    const type = /** @type {ShapeType} */ ("POLYGON");
    const selector = { type, geometry: { points, bounds: bounds(points) } };
    return { id: this.#id, bodies: [], target: { annotation: this.#id, selector } };
  }

  /**
   * A finger touches down without moving there first; Annotorious puts a corner where it last saw the pointer.
   * @param {PointerEvent} event
   */
  #movePointerTo(event) {
    if (this.tool !== "polygon" || event.pointerType !== "touch") return;
    targetOf(event).dispatchEvent(new PointerEvent("pointermove", event));
  }

  /** Renumber all corners: deleting one shifts the numbers of others. */
  #nameHandles() {
    const handles = [...this.#layer.querySelectorAll("[role=button]")];
    for (const [index, handle] of handles.entries()) {
      const numbers = { number: index + 1, count: handles.length };
      handle.setAttribute("aria-label", t("Corner %(number)s of %(count)s of the region", numbers));
    }
  }

  #mark() {
    this.#layer.classList.toggle("armed", this.tool !== null);
    for (const name of ["rectangle", "polygon"]) {
      findIfAny(`[data-action="${name}"]`, Element)?.setAttribute("aria-pressed", String(this.tool === name));
    }
  }
}

/**
 * The corners of a drawn shape, in the drawing's units.
 * @param {Shape} shape
 * @returns {number[][]}
 */
function cornersOf({ type, geometry }) {
  if (type !== "RECTANGLE") return /** @type {Polygon["geometry"]} */ (geometry).points;
  const { x, y, w, h } = /** @type {Rectangle["geometry"]} */ (geometry);
  // biome-ignore format: clockwise, a corner an item
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
}

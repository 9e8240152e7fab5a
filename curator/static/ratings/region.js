// One region on the current photo: drawn with Annotorious, kept as points in fractions of the photo.

/** @import { ImageAnnotation, ImageAnnotator } from "@annotorious/annotorious" */
/** @import { Region } from "../base/answers.js" */
/** @import { Point } from "./polygon.js" */

import { find, findIfAny, targetOf } from "../base/elements.js";
import { t } from "../base/translation.js";
import { Corners } from "./corners.js";
import { bindFingers, isTouched } from "./fingers.js";
import { cornersSoFar, isBegun, putCorners } from "./outline.js";
import { cornerMoved, formatRegion, isInsidePhoto, moved, parseRegion, resized } from "./polygon.js";
import { annotationOf, drawingSize, fractionsOf, regionOf } from "./shapes.js";

/** @typedef {"rectangle" | "polygon"} Tool */

const STEP = 0.005; // of the photo, per press of an arrow key
const CORNER_STEP = 0.002; // a corner is placed more finely than the region
const FAR = 10; // times as far goes a corner with Shift
const START = parseRegion("0.3,0.4 0.7,0.4 0.7,0.65 0.3,0.65"); // where the cheeks of a face often are
const UNSAFE_MS = 250; // a first change this soon after page load throws: Annotorious would merge it with the previous one
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Wait until the page is old enough for a first change. */
async function grownUp() {
  for (;;) {
    const left = UNSAFE_MS - performance.now();
    if (left < 0) return;
    await new Promise((done) => setTimeout(done, left + 1));
  }
}

/**
 * The page's callbacks: `changed(region, isNew)` runs after every finished change, also when a new region was made;
 * `adjusting()` when corners are shown or hidden by a tap.
 * @typedef {object} RegionHooks
 * @property {(region: Region, isNew: boolean) => void} changed
 * @property {() => void} adjusting
 */

export class RegionEditor {
  /** @type {Point[]} */
  points = [];
  /** @type {Tool | null} */
  tool = null;
  isAdjusting = !isTouched(); // whether the region has its corners to drag
  #isEditable = false;
  #shown = 0;
  #size = drawingSize({ width: 1, height: 1 });
  #layer;
  #annotator;
  #corners;
  #hooks;

  /**
   * Put the drawing over the plate.
   * @param {HTMLElement} plate
   * @param {RegionHooks} hooks
   */
  static async open(plate, hooks) {
    const { createImageAnnotator } = await import("../vendor/annotorious.es.js");
    await grownUp();
    return new RegionEditor(createImageAnnotator, plate, hooks);
  }

  /**
   * @param {typeof import("@annotorious/annotorious").createImageAnnotator} createImageAnnotator
   * @param {HTMLElement} plate
   * @param {RegionHooks} hooks
   */
  constructor(createImageAnnotator, plate, hooks) {
    this.#hooks = hooks;
    // On a separate canvas, so that one annotator serves all photos and all their pictures.
    const canvas = document.createElement("canvas");
    plate.append(canvas);
    this.#annotator = this.#annotatorOf(createImageAnnotator, canvas);
    this.#annotator.element.classList.add("drawing");
    this.#layer = find("svg", SVGSVGElement, this.#annotator.element);
    this.#layer.setAttribute("aria-label", t("Region on the photo. Arrow keys move it; with Shift, they resize it."));
    this.#corners = new Corners(this.#layer);
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
    const userSelectAction = () => (this.tool || !this.isAdjusting ? select : edit);
    return create(canvas, { drawingEnabled: false, theme: "light", userSelectAction });
  }

  #listen() {
    const layer = this.#layer;
    this.#annotator.on("createAnnotation", (annotation) => this.#takeDrawn(annotation));
    // While a corner is dragged, the shape changes with every move: only the release counts.
    window.addEventListener("pointerup", () => setTimeout(() => this.#takeEdited()));
    layer.addEventListener("keyup", () => this.#takeEdited());
    bindFingers(layer, this.#corners, {
      tool: () => this.tool,
      isAdjusting: () => this.isAdjusting,
      tapped: (isOnRegion) => this.#adjustByTap(isOnRegion),
    });
    // Annotorious undoes on the document, in fields and dialogs too, where the key undoes what was typed.
    window.addEventListener("keydown", (event) => isUndo(event) && event.stopPropagation(), { capture: true });
  }

  get isDrawing() {
    return isBegun(this.#layer);
  }

  get #id() {
    return `region-${this.#shown}`;
  }

  /**
   * Whether a pointer on this element draws or changes the region.
   * @param {Element} element
   */
  holds(element) {
    return this.tool !== null || (this.isAdjusting && element.closest(".a9s-annotation") !== null);
  }

  /**
   * Switch to another photo; without a region, the rectangle tool is selected.
   * @param {{ width: number, height: number }} photo
   * @param {Region} region
   * @param {{ editable: boolean }} may
   */
  open(photo, region, { editable }) {
    this.#size = drawingSize(photo);
    this.#layer.setAttribute("viewBox", `0 0 ${this.#size.width} ${this.#size.height}`);
    this.#isEditable = editable;
    this.points = parseRegion(region);
    this.stopDrawing();
    if (editable && !this.points.length) this.draw("rectangle");
  }

  /**
   * Take a tool in hand; the region that it will replace is not shown meanwhile.
   * @param {Tool} tool
   */
  draw(tool) {
    this.tool = tool;
    this.#annotator.cancelDrawing();
    this.#annotator.setDrawingTool(tool);
    this.#annotator.setDrawingMode(tool === "polygon" ? "click" : "drag");
    this.#show();
  }

  /**
   * Take a tool in hand, or put it down if it is the one in hand and there is a region to go back to.
   * @param {Tool} tool
   */
  toggle(tool) {
    if (this.tool === tool && this.points.length) this.stopDrawing();
    else this.draw(tool);
  }

  /** Finish the polygon that is being drawn; false if it has fewer than three corners. */
  async close() {
    const outline = this.tool === "polygon" ? await cornersSoFar(this.#layer) : [];
    if (outline.length < 3) return false;
    this.#annotator.cancelDrawing();
    this.#change(fractionsOf(outline, this.#size), { isNew: true });
    return true;
  }

  /** Take back the last corner of the outline that is being drawn; a rectangle has only one. */
  async stepBack() {
    const corners = this.tool === "polygon" ? await cornersSoFar(this.#layer) : [];
    this.dropBegun();
    await putCorners(this.#layer, corners.slice(0, -1));
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
    this.#layer.focus({ preventScroll: true });
  }

  /**
   * Show the corners, or hide them.
   * @param {boolean} [on]
   */
  adjust(on = !this.isAdjusting) {
    if (!this.points.length) return;
    this.isAdjusting = on;
    this.stopDrawing();
  }

  /** Bring the keyboard to the first corner. */
  enterCorners() {
    if (this.points.length) this.#corners.focusNext(0);
    this.adjust(true);
  }

  /** End adjusting; false if there was nothing to end. */
  leave() {
    const focused = document.activeElement;
    const hasFocus = focused instanceof SVGElement && this.#layer.contains(focused);
    if (hasFocus) focused.blur();
    if (!this.isAdjusting || !isTouched()) return hasFocus;
    this.adjust(false);
    return true;
  }

  /**
   * Whether an arrow key moved the region or a corner, whichever has the focus.
   * @param {KeyboardEvent} event
   */
  nudgeByKey(event) {
    const arrow = ARROWS[event.key];
    if (!arrow || this.tool || !this.#isEditable || !this.points.length) return false;
    if (!this.#layer.contains(targetOf(event))) return false;
    const nudged = this.#nudged(arrow, event.shiftKey);
    if (isInsidePhoto(nudged) && formatRegion(nudged) !== formatRegion(this.points)) this.#change(nudged);
    return true;
  }

  /**
   * @param {Point} arrow
   * @param {boolean} isShifted
   */
  #nudged(arrow, isShifted) {
    const corner = this.#corners.focused;
    if (corner >= 0) return cornerMoved(this.points, corner, times(arrow, isShifted ? FAR * CORNER_STEP : CORNER_STEP));
    return (isShifted ? resized : moved)(this.points, times(arrow, STEP));
  }

  /** Delete the last corner of an outline, or the focused or selected corner, or else the region. A triangle keeps its corners. */
  remove() {
    if (this.isDrawing) return this.stepBack();
    const corner = this.#corners.chosen;
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
    this.#hooks.changed(formatRegion(points), isNew);
  }

  /** @param {ImageAnnotation} annotation */
  #takeDrawn(annotation) {
    if (annotation.id !== this.#id) this.#change(regionOf(annotation, this.#size), { isNew: true });
  }

  #takeEdited() {
    const shown = this.#annotator.getAnnotationById(this.#id);
    if (!shown || this.tool !== null || !this.#isEditable) return;
    // A quick drag counts as a click outside the region and would hide the corners.
    if (this.isAdjusting && !this.#annotator.getSelected().length) this.#annotator.setSelected(this.#id, true);
    const points = regionOf(shown, this.#size);
    if (formatRegion(points) !== formatRegion(this.points)) this.#change(points);
  }

  #show() {
    const drawing = this.tool !== null;
    const isShown = this.points.length > 0 && !drawing;
    const hasCorners = isShown && this.#isEditable && this.isAdjusting;
    if (hasCorners) this.#corners.focusNext();
    this.#annotator.setDrawingEnabled(drawing);
    // A new id makes Annotorious forget the selected corner: a quick drag also selects one,
    // and Delete would then remove a corner instead of the whole region.
    this.#shown += 1;
    this.#annotator.cancelSelected();
    this.#annotator.setAnnotations(isShown ? [annotationOf(this.#id, this.points, this.#size)] : [], true);
    if (hasCorners) this.#annotator.setSelected(this.#id, true);
    this.#mark();
  }

  /** @param {boolean} isOnRegion */
  #adjustByTap(isOnRegion) {
    if (!this.#isEditable || this.tool || isOnRegion === this.isAdjusting) return;
    this.adjust(isOnRegion);
    this.#hooks.adjusting();
  }

  #mark() {
    this.#layer.classList.toggle("armed", this.tool !== null);
    for (const name of ["rectangle", "polygon"]) {
      findIfAny(`[data-action="${name}"]`, Element)?.setAttribute("aria-pressed", String(this.tool === name));
    }
    const adjust = findIfAny('[data-action="adjust"]', HTMLButtonElement);
    adjust?.setAttribute("aria-pressed", String(this.isAdjusting && !this.tool && this.points.length > 0));
    adjust?.toggleAttribute("disabled", !this.points.length);
  }
}

/**
 * @param {Point} direction
 * @param {number} step
 * @returns {Point}
 */
const times = ([x, y], step) => [x * step, y * step];

/** @param {KeyboardEvent} event */
const isUndo = ({ key, ctrlKey, metaKey }) => (ctrlKey || metaKey) && ["z", "y"].includes(key.toLowerCase());

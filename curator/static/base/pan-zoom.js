// Zoom and position of a view: the arithmetic common to all views. Each view moves its picture in its own way.

/** @typedef {{ x: number, y: number }} Place */

export const CLOSER = 1.4; // per key press
const CLOSEST = 12;
const WHEEL_SPEED = 0.002;

/**
 * @param {number} value
 * @param {number} limit
 */
const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));

/**
 * The zoom factor of a turn of the wheel.
 * @param {number} delta
 * @param {number} [speed]
 */
export const turned = (delta, speed = WHEEL_SPEED) => Math.exp(-delta * speed);

/**
 * How far one press of an arrow key moves, as [x, y] by the event's key.
 * @param {number} step
 * @returns {Record<string, [number, number]>}
 */
export const arrowsBy = (step) => ({
  ArrowLeft: [step, 0],
  ArrowRight: [-step, 0],
  ArrowUp: [0, step],
  ArrowDown: [0, -step],
});

/** `scale` 1 shows everything; `x` and `y` are the offset of its middle, in the view's own unit. */
export class PanZoom {
  scale = 1;
  x = 0;
  y = 0;

  get isFitted() {
    return this.scale === 1;
  }

  /** Show the change; each view does so in its own way. */
  apply() {}

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  }

  /**
   * @param {number} dx
   * @param {number} dy
   */
  move(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  /**
   * Keep the view's middle within limits on both sides.
   * @param {number} x
   * @param {number} y
   */
  stayWithin(x, y) {
    this.x = clamp(this.x, x);
    this.y = clamp(this.y, y);
  }

  /**
   * Zoom by a factor; the given place, relative to the view's middle, stays fixed.
   * @param {number} factor
   * @param {Place} [at]
   */
  by(factor, at = { x: 0, y: 0 }) {
    const scale = Math.min(CLOSEST, Math.max(1, this.scale * factor));
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }
}

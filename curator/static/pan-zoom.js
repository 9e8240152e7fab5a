// How far a view is zoomed and where it looks: the arithmetic of all views. How a picture follows is each view's own.

/** @typedef {{ x: number, y: number }} Place */

export const CLOSER = 1.4; // for one press of a key
const CLOSEST = 12;
const WHEEL_SPEED = 0.002;

/**
 * @param {number} value
 * @param {number} limit
 */
const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));

/**
 * By how much a turn of the wheel zooms.
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

/** `scale` 1 shows the whole; `x` and `y` are how far its middle is moved, in the view's own unit. */
export class PanZoom {
  scale = 1;
  x = 0;
  y = 0;

  get isFitted() {
    return this.scale === 1;
  }

  /** Show what changed; each view does so in its own way. */
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
   * Zoom by a factor; what lies at the given place, from the view's middle, stays there.
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

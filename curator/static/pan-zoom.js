// How far a view is zoomed and where it looks: what all views reckon alike. How a picture follows is each view's own.

export const CLOSER = 1.4; // for one press of a key
const CLOSEST = 12;
const WHEEL_SPEED = 0.002;

export const clamp = (value, limit) => Math.min(limit, Math.max(-limit, value));

/** By how much a turn of the wheel zooms. */
export const turned = (delta, speed = WHEEL_SPEED) => Math.exp(-delta * speed);

/** `scale` 1 shows the whole; `x` and `y` are how far its middle is moved, in the view's own unit. */
export class PanZoom {
  scale = 1;
  x = 0;
  y = 0;

  get isFitted() {
    return this.scale === 1;
  }

  fit() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.apply();
  }

  /** Zoom by a factor; what lies at the given place, from the view's middle, stays there. */
  by(factor, at = { x: 0, y: 0 }) {
    const scale = Math.min(CLOSEST, Math.max(1, this.scale * factor));
    this.x = at.x - ((at.x - this.x) * scale) / this.scale;
    this.y = at.y - ((at.y - this.y) * scale) / this.scale;
    this.scale = scale;
    this.apply();
  }
}

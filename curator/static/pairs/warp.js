// Lays one picture on another as the alignment says: squeezed, slanted or seen at an angle, too.

/** @import { Alignment, Row } from "../base/answers.js" */

/** @typedef {[Row, Row, Row]} Matrix from pixels of one picture to pixels of another */
/** @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Pixels */

/**
 * Multiply matrices, the last one applied first.
 * @param {Matrix} one
 * @param {Matrix} other
 * @returns {Matrix}
 */
function composed(one, other) {
  /** @param {Row} row @returns {Row} */
  const times = ([a, b, c]) => {
    const at = (/** @type {0 | 1 | 2} */ i) => a * other[0][i] + b * other[1][i] + c * other[2][i];
    return [at(0), at(1), at(2)];
  };
  return [times(one[0]), times(one[1]), times(one[2])];
}

/**
 * @param {Matrix} matrix
 * @returns {Matrix} up to a factor
 */
export function inverse([[a, b, c], [d, e, f], [g, h, i]]) {
  return [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
}

/**
 * The matrix from the second picture's pixels to the first's.
 * @param {Alignment} alignment
 * @param {number} firstWidth
 * @param {number} secondWidth
 * @returns {Matrix}
 */
export function toPixels({ matrix, mirrored }, firstWidth, secondWidth) {
  /** @type {Matrix} */
  const laid = [matrix[0], matrix[1], matrix[2] ?? [0, 0, 1]];
  const grown = composed(
    [
      [firstWidth, 0, 0],
      [0, firstWidth, 0],
      [0, 0, 1],
    ],
    laid,
  );
  const whole = composed(grown, [
    [1 / secondWidth, 0, 0],
    [0, 1 / secondWidth, 0],
    [0, 0, 1],
  ]);
  return mirrored
    ? composed(whole, [
        [-1, 0, secondWidth],
        [0, 1, 0],
        [0, 0, 1],
      ])
    : whole;
}

/** @param {Matrix} matrix */
export function isFlat([, , [g, h]]) {
  return g === 0 && h === 0;
}

/**
 * Draw a picture onto a page of pixels, each read where the matrix puts it, blended from four; clear elsewhere.
 * @param {Pixels} picture
 * @param {Matrix} matrix from the picture's pixels to the page's
 * @param {Pixels} page
 */
export function warp(picture, matrix, page) {
  const [[a, b, c], [d, e, f], [g, h, i]] = inverse(matrix);
  const { width, height, data } = picture;
  let to = 0;
  for (let y = 0.5; y < page.height; y += 1) {
    for (let x = 0.5; x < page.width; x += 1, to += 4) {
      const depth = g * x + h * y + i;
      const across = (a * x + b * y + c) / depth - 0.5;
      const down = (d * x + e * y + f) / depth - 0.5;
      if (across < 0 || down < 0 || across > width - 1 || down > height - 1) continue;
      const left = Math.min(Math.floor(across), width - 2);
      const top = Math.min(Math.floor(down), height - 2);
      const from = 4 * (top * width + left);
      const below = from + 4 * width;
      const right = across - left;
      const low = down - top;
      for (let band = 0; band < 3; band += 1) {
        const above = data[from + band] * (1 - right) + data[from + 4 + band] * right;
        const beneath = data[below + band] * (1 - right) + data[below + 4 + band] * right;
        page.data[to + band] = above * (1 - low) + beneath * low;
      }
      page.data[to + 3] = 255;
    }
  }
}

// Side by side at equal scale: a crop is shown smaller than the whole photo it was cut from.

function shownWidth(frame, image) {
  return Math.min(frame.clientWidth, (frame.clientHeight * image.width) / image.height);
}

/** How many times as wide as the first photo another is where both show one scene; 0 where that is not known. */
function timesAsWide(first, other, pairs) {
  const pair = pairs.find(
    ({ first: a, second: b, alignment }) => alignment && [a, b].includes(first) && [a, b].includes(other),
  );
  if (!pair) return 0;
  const [[a, b], [c, d]] = pair.alignment.matrix;
  const scale = Math.sqrt(Math.abs(a * d - b * c)); // of the second's width, in widths of the first
  return pair.first === first ? scale : 1 / scale;
}

function sizeOf(figure) {
  const image = figure.querySelector("img");
  return { width: Number(image.getAttribute("width")), height: Number(image.getAttribute("height")) };
}

/** Set each figure's `--fit`, a part of what its frame could show; `members` are { number, figure }. */
export function showAtEqualScale(members, pairs) {
  const widths = members.map(({ figure }) => shownWidth(figure.querySelector(".frame"), sizeOf(figure)));
  const times = members.map(({ number }, index) => (index ? timesAsWide(members[0].number, number, pairs) : 1));
  const fits = times.map((one, index) => (one * widths[0]) / widths[index]);
  const largest = Math.max(...fits); // at least 1, the first photo's own
  members.forEach(({ figure }, index) =>
    figure.style.setProperty("--fit", String(times[index] ? fits[index] / largest : 1)),
  );
}

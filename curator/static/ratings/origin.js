// Where the region in the form is from, as the page can tell; the server checks it.

/**
 * As in curator/ratings/origins.py; empty without a region, and where it is not known.
 * @typedef {"accepted" | "edited" | "drawn" | "copied" | ""} Origin
 */

/**
 * The origin of a region whose points were changed.
 * @param {string} before its origin until then
 * @returns {Origin}
 */
export function originOfChanged(before) {
  if (before === "accepted" || before === "edited") return "edited";
  return before ? "drawn" : "";
}

// The shapes of the server's answers to scripts: types for the compiler only; no page loads this file.

/**
 * An outline: points `x,y x,y …` in fractions (0..1) of the upright photo, origin top left; empty if there is none.
 * @typedef {string} Region
 */

/**
 * A rating of a photo, as in the form, with a value for each attribute; `over_eyes` is "yes" or empty.
 * `origin` tells where the region is from, `reason` why a ruling changes.
 * @typedef {{ label: string, region: Region, origin: string, note: string, over_eyes: string, reason: string } & Record<string, string>} Entry
 */

/**
 * The rater's own saved entry.
 * @typedef {{ over_eyes: boolean } & Record<string, string | boolean>} SavedEntry
 */

/**
 * Where a face was found: the suggested region, and both pupils in the format of a region.
 * @typedef {{ region: Region, eyes: string, faces: number }} Suggestion
 */

/**
 * A photo to rate, and everything that changes on the page from photo to photo; `notices` and `facts` are HTML.
 * @typedef {object} Photo
 * @property {number} id
 * @property {string} title
 * @property {string} address
 * @property {Record<"saved" | "skip" | "previous" | "let_go" | "exclude" | "same_person" | "source", string>} addresses
 * @property {Record<"display" | "closeup" | "redness", string>} pictures addresses; no closeup if display has full size
 * @property {number} width
 * @property {number} height
 * @property {number} version
 * @property {SavedEntry | null} own
 * @property {Suggestion | null} suggestion
 * @property {string} position in a list that one goes through; empty in other queues
 * @property {string} notices
 * @property {string} facts
 * @property {boolean} source_shown whether the facts tell where it was found
 * @property {boolean} asks_reason whether a ruling stands, which changes with a reason alone
 */

/**
 * How much of a queue is left.
 * @typedef {{ left: number, total: number }} QueueCounts
 */

/**
 * How the second photo of a pair, possibly mirrored first, aligns with the first; coordinates in widths of each photo.
 * Two rows of the matrix, or three where it was seen at an angle.
 * @typedef {[number, number, number]} Row
 * @typedef {{ mirrored: boolean, matrix: [Row, Row] | [Row, Row, Row] }} Alignment
 */

/**
 * A photo as the inbox shows it; `decide` leads to the decision on a look-alike.
 * @typedef {{ id: number, page: string, thumbnail: string }} ShownPhoto
 * @typedef {ShownPhoto & { decide: string }} LookAlike
 */

/**
 * The outcome of uploading a file.
 * @typedef {object} UploadResult
 * @property {"added" | "already_there" | "rejected"} result
 * @property {string} reason
 * @property {ShownPhoto | null} photo
 * @property {LookAlike[]} look_alikes
 */

/**
 * The addresses of a batch: its page, and where to upload its files.
 * @typedef {{ page: string, upload: string }} BatchAddresses
 */

export {};

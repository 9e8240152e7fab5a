// The shapes of what the server tells the scripts: types for the compiler alone, loaded by no page.

/**
 * An outline: points `x,y x,y …` in fractions (0..1) of the upright photo, origin top left; empty where there is none.
 * @typedef {string} Region
 */

/**
 * What a rater says of a photo, as the form holds it: a value for each attribute, too; `over_eyes` is "yes" or empty.
 * @typedef {{ label: string, region: Region, note: string, over_eyes: string } & Record<string, string>} Entry
 */

/**
 * The rater's own saved entry.
 * @typedef {{ over_eyes: boolean } & Record<string, string | boolean>} SavedEntry
 */

/**
 * Where a face was found: the region suggested, and both pupils, written as a region is.
 * @typedef {{ region: Region, eyes: string, faces: number }} Suggestion
 */

/**
 * A photo to rate, and all that changes on the page from photo to photo; `notices` and `facts` are HTML.
 * @typedef {object} Photo
 * @property {number} id
 * @property {string} title
 * @property {string} address
 * @property {Record<"saved" | "skip" | "previous" | "let_go" | "exclude" | "same_person", string>} addresses
 * @property {Record<"display" | "closeup" | "redness", string>} pictures addresses; no closeup where display is whole
 * @property {number} width
 * @property {number} height
 * @property {number} version
 * @property {SavedEntry | null} own
 * @property {Suggestion | null} suggestion
 * @property {string} notices
 * @property {string} facts
 */

/**
 * How far a queue is.
 * @typedef {{ left: number, total: number }} QueueCounts
 */

/**
 * How the second photo of a pair lies on the first, mirrored before where it says so; both in widths of their photo.
 * @typedef {{ mirrored: boolean, matrix: [[number, number, number], [number, number, number]] }} Alignment
 */

/**
 * A photo as the inbox shows it; `decide` leads to the decision on a look-alike.
 * @typedef {{ id: number, page: string, thumbnail: string }} ShownPhoto
 * @typedef {ShownPhoto & { decide: string }} LookAlike
 */

/**
 * What became of a file.
 * @typedef {object} UploadResult
 * @property {"added" | "already_there" | "rejected"} result
 * @property {string} reason
 * @property {ShownPhoto | null} photo
 * @property {LookAlike[]} look_alikes
 */

/**
 * Where a batch is shown, and where its files go.
 * @typedef {{ page: string, upload: string }} BatchAddresses
 */

export {};

// Where the photo was found: hidden until the rater asks for it, or chooses evidence that rests on it.

/** @import { Photo } from "../base/answers.js" */
/** @import { Choice } from "./choices.js" */

import { send } from "../base/api.js";
import { find, findIfAny } from "../base/elements.js";

/**
 * Whether an entry names evidence that nobody can see in the photo itself.
 * @param {Choice[]} choices
 * @param {Record<string, string>} entry
 */
export function restsOnSource(choices, entry) {
  return choices.some(({ code, on_source }) => (entry[code] ?? "").split(" ").some((one) => on_source.includes(one)));
}

export class Source {
  #form = findIfAny("#show-source", HTMLFormElement); // viewers have none
  #facts = find("#facts", Element);
  #asked = 0; // the photo whose source was asked for last
  #photo;

  /** @param {Photo} photo */
  constructor(photo) {
    this.#photo = photo;
  }

  /** @param {Photo} photo */
  open(photo) {
    this.#photo = photo;
    this.#facts.innerHTML = photo.facts;
    if (this.#form) this.#form.hidden = photo.source_shown;
  }

  /** Show it unless it is shown or was asked for already. */
  async need() {
    if (this.#asked !== this.#photo.id) await this.show();
  }

  /** Ask the server, which records that the rater has seen it. */
  async show() {
    const photo = this.#photo;
    if (photo.source_shown) return;
    this.#asked = photo.id;
    const { facts } = await send(photo.addresses.source, new FormData());
    Object.assign(photo, { facts, source_shown: true });
    if (photo === this.#photo) this.open(photo);
  }
}

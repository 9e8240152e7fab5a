// The line of one file in the list of the inbox: its state, and the photos that it looks like.

/** @import { ShownPhoto } from "../base/answers.js" */
/** @import { Upload, UploadState } from "./uploads.js" */

import { t } from "../base/translation.js";

/** @type {Record<UploadState, string>} */
const WORDS = {
  waiting: t("waiting"),
  sending: t("uploading…"),
  added: t("added"),
  already_there: t("already there"),
  rejected: t("rejected"),
  failed: t("not uploaded"),
};

export class UploadLine {
  element;
  #shown;
  #upload;
  #retry;
  #showsAlike = false;

  /**
   * @param {Upload} upload
   * @param {() => void} retry
   */
  constructor(upload, retry) {
    this.#upload = upload;
    this.#retry = retry;
    this.#shown = make("span", { className: "reason" }, this.#text);
    const name = make("span", { className: "file-name", textContent: upload.path });
    this.element = make("li", { className: upload.state }, name, this.#shown);
  }

  draw() {
    const { photo, alike, state, file, path, sent } = this.#upload;
    this.element.className = alike?.length ? `${state} near` : state;
    this.#shown.replaceChildren(this.#text);
    if (state === "sending")
      this.#shown.append(make("progress", { max: file.size || 1, value: sent, ariaLabel: path }));
    if (photo) this.#shown.append(" ", make("a", { href: photo.page }, t("photo %(id)s", { id: photo.id })));
    if (state === "failed") this.#shown.append(" ", this.#retryButton());
    if (alike?.length && !this.#showsAlike) this.#showAlike();
  }

  get #text() {
    const { state, sent, file, reason } = this.#upload;
    if (state === "sending" && sent) {
      const percent = Math.floor((100 * sent) / Math.max(file.size, 1));
      return percent < 100 ? t("uploading: %(percent)s %", { percent }) : t("uploaded, being checked…");
    }
    return WORDS[state] + (reason ? `: ${reason}` : "");
  }

  #retryButton() {
    const button = make("button", { type: "button", className: "quiet", textContent: t("Retry") });
    button.addEventListener("click", this.#retry);
    return button;
  }

  /** Show the new photo next to those it looks like, each linked to its decision. */
  #showAlike() {
    const { photo, alike } = this.#upload;
    if (!photo) return;
    this.#showsAlike = true;
    const others = (alike ?? []).map((other) =>
      make("a", { href: other.decide }, thumbnail(other, ""), t("photo %(id)s: decide", { id: other.id })),
    );
    const mine = [thumbnail(photo, t("the new photo")), make("span", {}, t("looks like"))];
    this.element.append(make("div", { className: "alike" }, ...mine, ...others));
    this.element.parentElement?.prepend(this.element); // visible at once, however long the list
  }
}

/**
 * @param {ShownPhoto} photo
 * @param {string} alt
 */
function thumbnail(photo, alt) {
  return make("img", { src: photo.thumbnail, alt, loading: "lazy", width: 64, height: 64 });
}

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Partial<HTMLElementTagNameMap[Name]>} facts
 * @param {...(Node | string)} inside
 */
function make(name, facts, ...inside) {
  const made = Object.assign(document.createElement(name), facts);
  made.append(...inside);
  return made;
}

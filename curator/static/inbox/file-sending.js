// Sends one file and reports progress, which fetch cannot; failures are those of api.js.

import { csrfToken, Refused, send } from "../base/api.js";
import { t } from "../base/translation.js";

/**
 * The callback for the bytes sent, and the signal that stops sending.
 * @typedef {{ onProgress: (bytes: number) => void, signal: AbortSignal }} Sending
 */

/**
 * Post a form that contains a file; returns the server's answer or throws Refused.
 * @param {string} address
 * @param {FormData} data
 * @param {Sending} sending
 */
export function sendFile(address, data, sending) {
  return send(address, data, () => post(address, data, sending));
}

/**
 * @param {string} address
 * @param {FormData} data
 * @param {Sending} sending
 */
function post(address, data, { onProgress, signal }) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const stop = () => fail(new Refused(t("stopped"), 0, "stopped"));
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => settle(request, done, fail);
    request.onerror = () => fail(new Refused(t("The server cannot be reached."), 0, "offline"));
    request.onabort = stop;
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) stop();
    else request.send(data);
  });
}

/**
 * @param {XMLHttpRequest} request
 * @param {(answer: unknown) => void} done
 * @param {(refused: Refused) => void} fail
 */
function settle(request, done, fail) {
  const answer = parsed(request.responseText);
  if (request.status >= 200 && request.status < 300 && answer) return done(answer);
  const message = answer?.error ?? t("The server’s answer could not be read.");
  fail(new Refused(message, request.status, answer?.kind));
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

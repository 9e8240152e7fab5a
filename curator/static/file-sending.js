// Sends one file and tells how much of it is sent, which fetch cannot; failures are those of api.js.

import { csrfToken, Refused, send } from "./api.js";
import { t } from "./translation.js";

/** Post a form that holds a file; `onProgress` hears the bytes sent, `signal` stops it. */
export function sendFile(address, data, { onProgress, signal }) {
  return send(address, data, () => post(address, data, onProgress, signal));
}

function post(address, data, onProgress, signal) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => settle(request, done, fail);
    request.onerror = () => fail(new Refused(t("The server cannot be reached."), 0, "offline"));
    request.onabort = () => fail(new Refused(t("stopped"), 0, "stopped"));
    signal.addEventListener("abort", () => request.abort());
    if (signal.aborted) request.onabort();
    else request.send(data);
  });
}

function settle(request, done, fail) {
  const answer = parsed(request.responseText);
  if (request.status >= 200 && request.status < 300 && answer) return done(answer);
  const message = answer?.error ?? t("The server gave an answer that this page does not understand.");
  fail(new Refused(message, request.status, answer?.kind));
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

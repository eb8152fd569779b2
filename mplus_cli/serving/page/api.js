/** Requests to the server that this page is from. */

import { askForToken } from "./dialog.js";
import { events } from "./stream.js";

const TOKEN = "mplus.token";
let asking = null; // one question for all requests that are refused at the same time

/** What the server said of a request that failed: message, and hint: the way out. */
export class ApiError extends Error {
  constructor(status, { code, message, hint }) {
    super(message);
    this.status = status;
    this.code = code ?? "error";
    this.hint = hint ?? "";
  }
}

/** What the server gives, parsed. */
export async function get(path, options = {}) {
  return (await request(path, options)).json();
}

/** Send JSON; what the server gives, parsed. */
export async function post(path, value) {
  return (await request(path, asJson(value))).json();
}

/** Send the bytes of a file; what the server gives, parsed. */
export async function put(path, file) {
  return (await request(path, { method: "PUT", body: file })).json();
}

/** A picture, its bytes; null where there is none. */
export async function picture(path, signal) {
  try {
    return await (await request(path, { signal })).arrayBuffer();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/** The events that answer a question, or that tell what happens (`value` undefined). */
export async function* listen(path, signal, value) {
  const options = value === undefined ? {} : asJson(value);
  yield* events(await request(path, { ...options, signal }));
}

function asJson(value) {
  const headers = { "Content-Type": "application/json" };
  return { method: "POST", headers, body: JSON.stringify(value) };
}

async function request(path, options) {
  for (;;) {
    const token = sessionStorage.getItem(TOKEN);
    const response = await sent(path, options, token);
    if (response.ok) return response;
    if (response.status !== 401) throw await failure(response);
    if (token === sessionStorage.getItem(TOKEN)) await newToken(token !== null);
  }
}

async function sent(path, options, token) {
  const headers = { ...options.headers };
  if (token !== null) headers.Authorization = `Bearer ${token}`;
  try {
    return await fetch(path, { ...options, headers, cache: "no-store", redirect: "error" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, {
      code: "away",
      message: "the server does not answer",
      hint: "it may have been ended: mplus serve starts it again",
    });
  }
}

async function newToken(wasWrong) {
  asking ??= askForToken(wasWrong).finally(() => {
    asking = null;
  });
  const token = await asking;
  if (token === null) {
    throw new ApiError(401, { message: "this server wants its token", hint: "reload the page" });
  }
  sessionStorage.setItem(TOKEN, token);
}

async function failure(response) {
  try {
    return new ApiError(response.status, (await response.json()).error);
  } catch {
    return new ApiError(response.status, { message: `the server says ${response.status}` });
  }
}

/** Text that does nothing to the page, by the rules of `mplus_cli/shown.py` (a test compares them);
 * numbers, sizes and times in words.
 */

// They steer, turn the direction of what follows, or show as nothing.
const STEERING =
  "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\xad\\u061c\\u070f\\u180e\\u200b\\u200e\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u206f\\u3164\\ud800-\\udfff\\ufeff\\uffa0\\ufff9-\\ufffb" +
  "\\u{1bca0}-\\u{1bca3}\\u{1d173}-\\u{1d17a}\\u{e0000}-\\u{e00ff}\\u{e01f0}-\\u{e0fff}";
const IN_TEXT = new RegExp(`[${STEERING}]`, "gu");
// In a name two that look alike must not be told apart by what nobody sees.
const IN_LINE = new RegExp(
  `[${STEERING}\\n\\t\\u034f\\u115f\\u1160\\u17b4\\u17b5\\u{e0100}-\\u{e01ef}]` +
    "|[\\u200c\\u200d\\ufe00-\\ufe0f](?!\\u20e3)" +
    "(?<![©®\\u0600-\\u1fff\\u2190-\\u{1ffff}][^\\n])",
  "gu",
);
const PICTURES = 0x2400;
const OTHERS = { "\x7f": "\u2421", "\xad": "\u2010", "\u2028": "\u2424", "\u2029": "\u2424" };
const NAMES = (
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN " +
  "EM SUB ESC FS GS RS US"
).split(" ");
const BYTES = 0xdc00; // what was no UTF-8 stands as this and the byte

function picture(character) {
  const code = character.codePointAt(0);
  if (code < 0x20) return String.fromCodePoint(PICTURES + code);
  if (code >= BYTES + 0x80 && code < BYTES + 0x100) return `\\x${(code - BYTES).toString(16)}`;
  return OTHERS[character] ?? "\ufffd";
}

/** Text of several lines: what steers, or can't be seen, as pictures. */
export function harmless(text) {
  return String(text).replace(IN_TEXT, picture);
}

/** A name, or what has names in it, on one line. */
export function oneLine(text) {
  return String(text).replace(IN_LINE, picture);
}

/** What is harmless, with the pictures of control characters, which few fonts have, in letters:
 * `‹ESC›`.
 */
export function legible(text) {
  return harmless(text).replace(/[\u2400-\u241f\u2421]/g, (found) => {
    const code = found.codePointAt(0) - PICTURES;
    return `‹${NAMES[code] ?? "DEL"}›`;
  });
}

/** Where characters are in a text as JavaScript counts (UTF-16), by the server's count (code
 * points). `points`: in ascending order.
 */
export function offsets(text, points) {
  if (!/[\ud800-\udfff]/.test(text)) return points;
  const found = [];
  let at = 0;
  let point = 0;
  for (const wanted of points) {
    for (; point < wanted && at < text.length; point += 1) {
      at += text.codePointAt(at) > 0xffff ? 2 : 1;
    }
    found.push(at);
  }
  return found;
}

/** What an error says, message or hint, as a sentence; a name at its beginning stays as it is. */
export function sentence(text) {
  const capital = (word) => word[0].toUpperCase() + word.slice(1);
  const line = oneLine(text).replace(/^[a-z]+(?=[ ,:'])/, capital);
  return line && !/[.?!…]$/.test(line) ? `${line}.` : line;
}

/** A name that is long with its middle left out. */
export function short(name) {
  const letters = [...name];
  if (letters.length <= 80) return name;
  return [...letters.slice(0, 40), "…", ...letters.slice(-30)].join("");
}

const number = new Intl.NumberFormat("en");
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** 12345 -> "12,345" */
export function grouped(count) {
  return number.format(count);
}

/** (2, "document") -> "2 documents" */
export function counted(count, what) {
  return `${grouped(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** A share from 0 to 1 as a whole percentage. */
export function percent(share) {
  return share > 0 && share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
}

/** Bytes in words. */
export function size(bytes) {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit += 1) bytes /= 1000;
  return `${unit && bytes < 10 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}

/** A time of the server (UTC, ISO 8601) as it is here. */
export function localTime(time) {
  const found = new Date(time);
  return Number.isNaN(found.valueOf()) ? String(time) : date.format(found);
}

/** What a person calls a document: the last part of its path or address, and whatever else the
 * server tells of a path whose folders it does not tell.
 */
export function called(path) {
  const whole = !/^(?:[/\\]|[A-Za-z]:|[a-z+]+:\/\/)/.test(path);
  return (whole ? path : path.split(/[/\\]/).pop()) || path;
}

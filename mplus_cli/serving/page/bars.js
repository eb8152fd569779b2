/** Bars, drawn; each says in words what it shows, and stands beside a list with its numbers. */

import { draw } from "./dom.js";

const WIDTH = 1000;
const HEIGHT = 28;

/** One bar of parts side by side: `[{name, value, colour}]`, colours by number, of `full`. */
export function stacked(parts, full, label) {
  let x = 0;
  const rects = parts.map(({ name, value, colour }) => {
    const width = full > 0 ? (value / full) * WIDTH : 0;
    const rect = draw(
      "rect",
      { x, y: 0, width, height: HEIGHT, class: `c${colour}` },
      draw("title", {}, name),
    );
    x += width;
    return rect;
  });
  return draw(
    "svg",
    {
      class: "bar",
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    draw("rect", { x: 0, y: 0, width: WIDTH, height: HEIGHT, class: "rest" }),
    rects,
  );
}

// Small plots, drawn as SVG by the page itself. What a picture shows is also told as text.

import { h } from "./dom.js";
import { foreign } from "./text.js";

const HEIGHT = 120;
const STEP = 10;
const GAP = 2;

/**
 * Bars, one for each of a row of days.
 * @param {string} title
 * @param {Array<{name: string, number: number}>} bars
 * @param {(number: number) => string} said a number in words
 */
export function plot(title, bars, said) {
  const most = Math.max(...bars.map((one) => one.number), 1);
  const total = bars.reduce((sum, one) => sum + one.number, 0);
  const best = bars.find((one) => one.number === most);
  const words = `${title}: ${said(total)} in all${best ? `, ${said(most)} at most, on ${best.name}` : ""}`;
  const picture = svg("svg", { viewBox: `0 0 ${bars.length * STEP} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": words },
    bars.map((one, index) => bar(one, index, most, said)));
  return h("figure", { class: "plot" },
    h("figcaption", {}, h("span", {}, title), h("span", { class: "muted" }, said(total))),
    picture, h("p", { class: "axis", aria: { hidden: "true" } }, h("span", {}, bars[0].name), h("span", {}, bars.at(-1).name)));
}

/**
 * Names with numbers, the longest bar for the greatest.
 * @param {string} title
 * @param {Array<{name: string, number: number}>} rows
 * @param {string} none what is said when there are none
 */
export function ranking(title, rows, none) {
  const most = Math.max(...rows.map((one) => one.number), 1);
  return h("figure", { class: "plot" }, h("figcaption", {}, title),
    rows.length ? h("ol", { class: "ranked" }, rows.map((one) => h("li", {},
      foreign(one.name, { most: 200 }), h("span", {}, one.number.toLocaleString("en")),
      h("span", { class: "length", style: { width: `${(100 * one.number) / most}%` } }))))
      : h("p", { class: "muted" }, none));
}

function bar({ name, number }, index, most, said) {
  const height = number ? Math.max(2, (HEIGHT * number) / most) : 1;
  return svg("rect", { x: index * STEP + GAP / 2, y: HEIGHT - height, width: STEP - GAP, height, class: number ? "bar-of" : "none" },
    [svg("title", {}, [`${name}: ${said(number)}`])]);
}

function svg(name, attributes, children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

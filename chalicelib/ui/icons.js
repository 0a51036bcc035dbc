// The page's icons, drawn for it: 20 by 20, strokes of 1.5, in the colour of the text around them.

const SHAPES = {
  inbox: "M3 11.5h4l1 2h4l1-2h4M3 11.5 5.2 4.5h9.6L17 11.5v4H3z",
  mail: "M3 5h14v10H3zM3.5 5.5 10 11l6.5-5.5",
  star: "M10 3l2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6z",
  send: "M3 10 17 3.5 13 16.5l-3.5-5zM9.5 11.5 17 3.5",
  pencil: "M4 16l.8-3.4L13.5 4l2.5 2.5-8.6 8.7zM12 5.5 14.5 8",
  reply: "M8.5 5 4 9.5 8.5 14M4.5 9.5H12c2.5 0 4 1.6 4 4.5v1",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10M8.5 9v4.5M11.5 9v4.5",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.7 12.7 16.5 16.5",
  clip: "M14.5 9.5 9.6 14.4a3 3 0 0 1-4.3-4.3l5.9-5.8a2 2 0 0 1 2.9 2.8l-5.8 5.8a1 1 0 0 1-1.5-1.4L11.5 7",
  copy: "M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3",
  check: "M4.5 10.5 8.5 14.5 15.5 6",
  close: "M5 5 15 15M15 5 5 15",
  menu: "M3.5 5.5h13M3.5 10h13M3.5 14.5h13",
  sun: "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2.5v1.8M10 15.7v1.8M2.5 10h1.8M15.7 10h1.8M4.7 4.7 6 6M14 14l1.3 1.3M4.7 15.3 6 14M14 6l1.3-1.3",
  moon: "M15.8 12.3A6.5 6.5 0 0 1 7.7 4.2a6.5 6.5 0 1 0 8.1 8.1z",
  help: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM8 8a2 2 0 1 1 2.8 1.9c-.5.3-.8.7-.8 1.4M10 14v.1",
  out: "M8 4H4v12h4M12.5 6.5 16 10l-3.5 3.5M16 10H8",
  back: "M11.5 4.5 6 10l5.5 5.5",
  download: "M10 3.5v9M6.5 9 10 12.5 13.5 9M4 16h12",
  eye: "M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
  image: "M3.5 4.5h13v11h-13zM4 13l3.5-3.5 3 3 2-2L16 14M12.5 7.5v.1",
  warning: "M10 3.5 17.5 16h-15zM10 8v4M10 14v.1",
  shield: "M10 3l6 2v4.5c0 3.5-2.4 6-6 7.5-3.6-1.5-6-4-6-7.5V5z",
  at: "M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM13 7v4.2c0 1.8 3.5 1.8 3.5-1.2a6.5 6.5 0 1 0-2.8 5.3",
  globe: "M10 3a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM3 10h14M10 3c2.3 2.2 2.8 4.5 2.8 7s-.5 4.8-2.8 7c-2.3-2.2-2.8-4.5-2.8-7s.5-4.8 2.8-7z",
  hook: "M7.5 7.5a2.5 2.5 0 1 1 3.7 2.2l2.3 4M10 7.5l-2.8 5a2.5 2.5 0 1 1-3-1.6M8 13.5h5a2.5 2.5 0 1 1-.5 2",
  key: "M12.5 3.5a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM9.7 10.3 4 16M6 14l1.5 1.5M13 7v.1",
  chart: "M3.5 16.5h13M5.5 14v-4M9 14V6M12.5 14V8.5M16 14V4.5",
  tray: "M4 4h12v12H4zM4 12h3.5l1 1.5h3l1-1.5H16M8 7l4 3M12 7l-4 3",
  tag: "M3.5 3.5H10l6.5 6.5-6.5 6.5L3.5 10zM7 7v.1",
  folder: "M3 5h5l1.5 2H17v8.5H3z",
  link: "M8.5 11.5a3 3 0 0 0 4.3 0l2.4-2.4a3 3 0 0 0-4.3-4.3l-1 1M11.5 8.5a3 3 0 0 0-4.3 0l-2.4 2.4a3 3 0 0 0 4.3 4.3l1-1",
  phone: "M6.5 3h7v14h-7zM9.5 14.8h1",
  tablet: "M4.5 3h11v14h-11zM9.5 14.8h1",
  desktop: "M3 4h14v9H3zM8 16.5h4M10 13v3.5",
  more: "M5 10v.1M10 10v.1M15 10v.1",
  book: "M4 4h4.5L10 5.5 11.5 4H16v11.5h-4.5L10 17l-1.5-1.5H4zM10 5.5V17",
  plus: "M10 4v12M4 10h12",
  refresh: "M15.5 6.5A6.5 6.5 0 1 0 16.5 10M16 3v4h-4",
  file: "M5.5 3h6l3.5 3.5V17H5.5zM11.5 3v3.5H15",
  unread: "M10 6a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
};

/**
 * Makes an icon. It says nothing to screen readers: the control it stands in has a name.
 * @param {keyof typeof SHAPES} name
 * @param {{filled?: boolean}} [options]
 */
export function icon(name, { filled = false } = {}) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("class", filled ? "icon filled" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/**
 * @module Terminals as one SVG: each row appears when it came. What shows no animation, or is asked for less motion, shows
 * the last picture. Light and dark follow the reader's setting.
 */
import type { Row, Span } from "./screen.ts";

/** One terminal of the picture. */
export interface Window {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** What {@link renderSvg} draws. */
export interface Picture {
  /** For those who cannot see it. */
  readonly description: string;
  readonly columns: number;
  /** One below the other. */
  readonly windows: readonly Window[];
}

const FONT_SIZE = 13;
const CHARACTER_WIDTH = 7.8;
const LINE_HEIGHT = 18;
const BAR_HEIGHT = 28;
const PADDING = 12;
const GAP = 14;

const STYLE = `
    text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre; fill: #1f2328; }
    .window { fill: #ffffff; stroke: #d1d9e0; }
    .bar { fill: #f6f8fa; stroke: #d1d9e0; }
    .title { fill: #59636e; }
    .b { font-weight: bold; }
    .f { fill: #59636e; }
    .c1 { fill: #cf222e; } .c2 { fill: #116329; } .c3 { fill: #7d4e00; } .c4 { fill: #0550ae; } .c5 { fill: #6639ba; } .c6 { fill: #1b7c83; }
    .row { animation: appear 1ms backwards; }
    @keyframes appear { from { opacity: 0; } to { opacity: 1; } }
    @media (prefers-reduced-motion: reduce) { .row { animation: none; } }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .window { fill: #0d1117; stroke: #3d444d; }
      .bar { fill: #151b23; stroke: #3d444d; }
      .title, .f { fill: #9198a1; }
      .c1 { fill: #ff7b72; } .c2 { fill: #3fb950; } .c3 { fill: #d29922; } .c4 { fill: #58a6ff; } .c5 { fill: #bc8cff; } .c6 { fill: #39c5cf; }
    }`;

/** The SVG document. `at` of rows is in milliseconds. */
export function renderSvg({ description, columns, windows }: Picture): string {
  const width = Math.ceil(columns * CHARACTER_WIDTH) + 2 * PADDING;
  const parts: string[] = [];
  let top = 0;
  for (const window of windows) {
    const height = BAR_HEIGHT + window.rows.length * LINE_HEIGHT + 2 * PADDING;
    parts.push(...windowLines(window, { top, width, height }));
    top += height + GAP;
  }
  const height = top - GAP;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 ${width + 2} ${height + 2}" width="${width + 2}" height="${height + 2}" role="img">
  <title>${escapeXml(description)}</title>
  <style>${STYLE}
  </style>
${parts.map((part) => `  ${part}`).join("\n")}
</svg>
`;
}

function windowLines(
  { title, rows }: Window,
  { top, width, height }: { readonly top: number; readonly width: number; readonly height: number },
): string[] {
  const first = top + BAR_HEIGHT + PADDING + FONT_SIZE;
  return [
    `<rect class="window" x="0" y="${top}" width="${width}" height="${height}" rx="6"/>`,
    `<path class="bar" d="M0 ${top + BAR_HEIGHT}V${top + 6}q0-6 6-6H${width - 6}q6 0 6 6V${top + BAR_HEIGHT}Z"/>`,
    `<text class="title" x="${width / 2}" y="${top + 19}" text-anchor="middle">${escapeXml(title)}</text>`,
    ...rows
      .map((row, index) => rowText(row, first + index * LINE_HEIGHT))
      .filter((text) => text !== undefined),
  ];
}

function rowText({ spans, at }: Row, y: number): string | undefined {
  const length = spans.reduce((sum, { text }) => sum + text.length, 0);
  if (length === 0) return undefined;
  // Whatever font a reader has, a row is as wide as its characters.
  const fit = `textLength="${round(length * CHARACTER_WIDTH)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text class="row" style="animation-delay:${Math.round(at)}ms" x="${PADDING}" y="${y}" ${fit} xml:space="preserve">${spans.map(spanText).join("")}</text>`;
}

function spanText({ text, style }: Span): string {
  const classes = [
    style.bold ? "b" : "",
    style.faint ? "f" : "",
    style.color === undefined || style.color === 0 || style.color === 7 ? "" : `c${style.color}`,
  ].filter((name) => name !== "");
  const escaped = escapeXml(text);
  return classes.length === 0 ? escaped : `<tspan class="${classes.join(" ")}">${escaped}</tspan>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

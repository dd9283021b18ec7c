/** @module Metrics as Prometheus has them (its text format, version 0.0.4). */
import type { Family, Sample } from "../../telemetry/family.ts";

export type { Family, Sample };

/** `Content-Type` of {@link formatFamilies}. */
export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A family that counts. @param name Ends in `_total`. */
export function counter(name: string, help: string, samples: number | readonly Sample[]): Family {
  return family("counter", name, help, samples);
}

/** A family of numbers that rise and fall. */
export function gauge(name: string, help: string, samples: number | readonly Sample[]): Family {
  return family("gauge", name, help, samples);
}

function family(
  type: Family["type"],
  name: string,
  help: string,
  samples: number | readonly Sample[],
): Family {
  return { type, name, help, samples: typeof samples === "number" ? [{ value: samples }] : samples };
}

/** The text of families, in their order; those without samples are left out. */
export function formatFamilies(families: Iterable<Family>): string {
  const lines: string[] = [];
  for (const { name, help, type, samples } of families) {
    if (samples.length === 0) continue;
    lines.push(`# HELP ${name} ${help.replace(/[\\\n]/g, escapeCharacter)}`, `# TYPE ${name} ${type}`);
    for (const { labels, value } of samples) lines.push(`${name}${formatLabels(labels)} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

function formatLabels(labels: Sample["labels"]): string {
  if (labels === undefined) return "";
  let text = "";
  for (const name in labels) {
    const value = labels[name]!;
    text += `${text === "" ? "{" : ","}${name}="${value.replace(SPECIAL, escapeCharacter)}"`;
  }
  return text === "" ? "" : `${text}}`;
}

/** What has to be escaped in a label's value. */
const SPECIAL = /[\\\n"]/g;

function escapeCharacter(character: string): string {
  return character === "\n" ? "\\n" : `\\${character}`;
}

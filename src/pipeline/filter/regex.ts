/** @module The keys of filters that are lists of regular expressions, one of which has to match. */

import { offsetInString } from "../../lib/json/nodes.ts";
import { asObject } from "../../lib/json/object.ts";
import { compilePattern, type Pattern, PatternSyntaxError } from "../../lib/re2/index.ts";
import type { Message, StringValue } from "../config/message.ts";
import { type Subject, stringField } from "../subject.ts";
import type { Predicate, PredicateFactory } from "./predicate.ts";

/** Compiles the patterns of `key`; those that are not RE2 are reported and left out. */
export function compilePatterns(filter: Message, key: string): Pattern[] {
  return filter.strings(key).flatMap((value) => reportSyntax(filter, key, value, compilePattern) ?? []);
}

/** `compile(value)`, or `undefined` after its {@link PatternSyntaxError} has been reported. */
export function reportSyntax<T>(
  filter: Message,
  key: string,
  { node, value }: StringValue,
  compile: (pattern: string) => T,
): T | undefined {
  try {
    return compile(value);
  } catch (error) {
    if (!(error instanceof PatternSyntaxError)) throw error;
    const offset = offsetInString(filter.source.text, node, error.offset);
    filter.report(key, offset, `${error.message}, needs RE2 syntax`);
    return undefined;
  }
}

/** A test of the string at `path`, which `read` finds; `undefined` from it is never a match. */
function createRegexFactory(path: string, read: (subject: Subject) => string | undefined): PredicateFactory {
  return (filter, key, { wanted }) => {
    wanted.add(path);
    const patterns = compilePatterns(filter, key);
    const [first] = patterns;
    if (patterns.length === 1 && first !== undefined) {
      return (subject) => {
        const text = read(subject);
        return text !== undefined && first.test(text);
      };
    }
    return (subject) => {
      const text = read(subject);
      if (text === undefined) return false;
      for (const pattern of patterns) if (pattern.test(text)) return true;
      return false;
    };
  };
}

export const binaryRegex = createRegexFactory(
  "process.binary",
  ({ process }) => process && stringField(process, "binary"),
);
export const argumentsRegex = createRegexFactory(
  "process.arguments",
  ({ process }) => process && stringField(process, "arguments"),
);
export const parentBinaryRegex = createRegexFactory(
  "parent.binary",
  ({ parent }) => parent && stringField(parent, "binary"),
);
export const parentArgumentsRegex = createRegexFactory(
  "parent.arguments",
  ({ parent }) => parent && stringField(parent, "arguments"),
);
export const podRegex = createRegexFactory("process.pod.name", ({ pod }) => pod && stringField(pod, "name"));
export const namespaceRegex = createRegexFactory(
  "process.pod.namespace",
  ({ pod }) => pod && stringField(pod, "namespace"),
);
export const containerIdRegex = createRegexFactory(
  "process.docker",
  ({ process }) => process && stringField(process, "docker"),
);
export const containerNameRegex = createRegexFactory("process.pod.container.name", ({ pod }) => {
  const container = pod && asObject(pod.container);
  return container && stringField(container, "name");
});

/** Matches when one ancestor's binary does; the parent is not an ancestor here. */
export const ancestorBinaryRegex: PredicateFactory = (filter, key, { wanted }): Predicate => {
  wanted.add("ancestors.binary");
  const patterns = compilePatterns(filter, key);
  return ({ ancestors }) => {
    for (const ancestor of ancestors) {
      const process = asObject(ancestor);
      if (process === undefined) continue;
      const binary = stringField(process, "binary");
      for (const pattern of patterns) if (pattern.test(binary)) return true;
    }
    return false;
  };
};

/** Events in which one field stands twice. */
import fc from "fast-check";
import { validEvents } from "./fit/event-arbitrary.ts";

/**
 * A valid event as text, and the same with one of its fields there once more, as null, before it: `undefined` where what
 * looks like a field is part of a text.
 */
export const repeatedFields: fc.Arbitrary<{ text: string; repeated: string | undefined }> = fc
  .tuple(validEvents, fc.nat())
  .map(([event, seed]) => {
    const text = JSON.stringify(event);
    return { text, repeated: repeatOne(text, seed) };
  });

function repeatOne(text: string, seed: number): string | undefined {
  const places = [...text.matchAll(/[{,]"(\w+)":/g)];
  if (places.length === 0) return undefined;
  const place = places[seed % places.length]!;
  const at = place.index + 1;
  const line = `${text.slice(0, at)}"${place[1]}":null,${text.slice(at)}`;
  try {
    return JSON.stringify(JSON.parse(line)) === text ? line : undefined;
  } catch {
    return undefined;
  }
}

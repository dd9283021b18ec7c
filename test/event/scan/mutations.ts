/** @module Lines with something wrong in them, made of lines with nothing wrong. */
import { Random } from "../../../scripts/bench/random.ts";

/** What a mutation puts in: tokens, boundaries of ranges, bytes that mean something. */
export const TOKENS: readonly string[] = [
  ...'{}[]:,"\\ \t\r0-1.eE+aZ=\u0000\u001f\u007f',
  ...["null", "true", "false", '""', "{}", "[]", "-0", "00", "1e3", "1.5", "1.", '"x":', "\\u12", "\\ud800"],
  ...["4294967295", "4294967296", "-2147483648", "2147483648", "-2147483649", '"-0"', '"01"', '"1e3"'],
  ...["18446744073709551615", "18446744073709551616", "-9223372036854775808", '"9223372036854775808"'],
  ...['"18446744073709551615"', '"18446744073709551616"', '"2023-02-30T23:59:60.1Z"', '"a b"', '"_x"', '"9"'],
  ...[
    '"pid":-1,',
    '"pid":"1",',
    '"pid":4294967296,',
    '"pid":null,',
    '"p\\u0069d":"x",',
    '"__proto__":{"pid":""},',
  ],
  ...[
    '"constructor":1,',
    '"cap":{"permitted":[null]},',
    '"ns":[],',
    '"time":"",',
    '"process":[],',
    "ä",
    "😀",
  ],
];

export const KINDS = ["flip", "insert", "insert", "delete", "copy", "cut", "byte"] as const;

/** One change of a line. */
export interface Mutation {
  readonly kind: (typeof KINDS)[number];
  readonly at: number;
  readonly to: number;
  readonly length: number;
  readonly token: string;
}
/** `length` of a mutation at most. */
export const LONGEST = 24;

/** Places where tokens begin or end. */
function boundary(text: Buffer, at: number): number {
  const from = Math.floor(at * text.length);
  for (let i = from; i < text.length; i++) if ('"{}[]:,'.includes(String.fromCharCode(text[i]!))) return i;
  return from;
}

/** The line with one change. */
export function mutate(text: Buffer, { kind, at, to, length, token }: Mutation): Buffer {
  const place = length % 3 === 0 ? Math.floor(at * text.length) : boundary(text, at) + (length % 2);
  const [head, tail] = [text.subarray(0, place), text.subarray(place)];
  switch (kind) {
    case "flip": {
      const copy = Buffer.from(text);
      if (place < copy.length) copy[place]! ^= 1 << (length % 8);
      return copy;
    }
    case "byte":
      return Buffer.concat([head, Buffer.from([Math.floor(to * 255)]), tail.subarray(1)]);
    case "insert":
      return Buffer.concat([head, Buffer.from(token), tail]);
    case "delete":
      return Buffer.concat([head, tail.subarray(1 + (length >> 2))]);
    case "copy": {
      const from = boundary(text, to);
      return Buffer.concat([head, text.subarray(from, from + length), tail]);
    }
    case "cut":
      return text.subarray(0, place);
  }
}

/** The same lines for the same seed, changed in one or two places, without end. */
export function* mutatedLines(texts: readonly string[], seed: number): Generator<Buffer> {
  const random = new Random(seed);
  const lines = texts.map((text) => Buffer.from(text));
  for (;;) {
    let line: Buffer = random.pick(lines);
    for (let left = random.integer(1, 2); left > 0; left--) {
      line = mutate(line, {
        kind: random.pick(KINDS),
        at: random.next(),
        to: random.next(),
        length: random.integer(0, LONGEST),
        token: random.pick(TOKENS),
      });
    }
    yield line;
  }
}

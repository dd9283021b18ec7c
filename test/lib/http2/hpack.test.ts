import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { HpackDecoder } from "../../../src/lib/http2/hpack-decoder.ts";
import { encodeHeaders } from "../../../src/lib/http2/hpack-encoder.ts";
import { ERROR, Http2Error } from "../../../src/lib/http2/protocol.ts";
import type { HeaderField } from "../../../src/lib/http2/static-table.ts";

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

function decodeWith(decoder: HpackDecoder, block: Uint8Array): HeaderField[] {
  const fields: HeaderField[] = [];
  decoder.decode(block, (field) => fields.push(field));
  return fields;
}

const decode = (...blocks: readonly string[]) => {
  const decoder = new HpackDecoder();
  return blocks.map((block) => decodeWith(decoder, hex(block)));
};

/** The requests of RFC 7541, C.3 and C.4. */
const REQUESTS: HeaderField[][] = [
  [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
  ],
  [
    [":method", "GET"],
    [":scheme", "http"],
    [":path", "/"],
    [":authority", "www.example.com"],
    ["cache-control", "no-cache"],
  ],
  [
    [":method", "GET"],
    [":scheme", "https"],
    [":path", "/index.html"],
    [":authority", "www.example.com"],
    ["custom-key", "custom-value"],
  ],
];

/** The responses of RFC 7541, C.5 and C.6. */
const DATE = ["date", "Mon, 21 Oct 2013 20:13:21 GMT"] as const;
const LOCATION = ["location", "https://www.example.com"] as const;
const RESPONSES: HeaderField[][] = [
  [[":status", "302"], ["cache-control", "private"], DATE, LOCATION],
  [[":status", "307"], ["cache-control", "private"], DATE, LOCATION],
  [
    [":status", "200"],
    ["cache-control", "private"],
    ["date", "Mon, 21 Oct 2013 20:13:22 GMT"],
    LOCATION,
    ["content-encoding", "gzip"],
    ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ],
];

describe("RFC 7541, appendix C", () => {
  test.each([
    [
      "C.2.1",
      "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
      ["custom-key", "custom-header"],
    ],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [":path", "/sample/path"]],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", ["password", "secret"]],
    ["C.2.4", "82", [":method", "GET"]],
  ])("%s: one field", (_section, block, field) => {
    expect(decode(block)).toEqual([[field as unknown as HeaderField]]);
  });

  test("C.3: requests", () => {
    expect(
      decode(
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ),
    ).toEqual(REQUESTS);
  });

  test("C.4: requests with Huffman's code", () => {
    expect(
      decode(
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ),
    ).toEqual(REQUESTS);
  });

  // The table has 256 bytes there: what enters drives out what came first.
  const SMALL_TABLE = "3fe1 01";

  test("C.5: responses, with eviction", () => {
    expect(
      decode(
        `${SMALL_TABLE} 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133
         2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`.replace(
          /\s/g,
          "",
        ),
        "4803 3330 37c1 c0bf",
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970
         7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61
         6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`.replace(/\s/g, ""),
      ),
    ).toEqual(RESPONSES);
  });

  test("C.6: responses with Huffman's code, with eviction", () => {
    expect(
      decode(
        `${SMALL_TABLE} 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b
         ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`.replace(/\s/g, ""),
        "4883 640e ffc1 c0bf",
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2
         e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`.replace(
          /\s/g,
          "",
        ),
      ),
    ).toEqual(RESPONSES);
  });
});

describe("HpackDecoder", () => {
  const field = fc.tuple(
    fc.oneof(fc.constantFrom(":status", "content-type", "grpc-status"), fc.stringMatching(/^[a-z-]{1,300}$/)),
    fc.oneof(fc.constantFrom("200", ""), fc.stringMatching(/^[\x21-\xff]{0,300}$/)),
  );

  test("gives what encodeHeaders() was given", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { maxLength: 8 }), { maxLength: 4 }),
        fc.boolean(),
        (blocks, empties) => {
          const decoder = new HpackDecoder();
          for (const fields of blocks)
            expect(decodeWith(decoder, encodeHeaders(fields, empties))).toEqual(fields);
        },
      ),
    );
  });

  test("of anything makes fields, or an error of compression", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 4 }), (blocks) => {
        const decoder = new HpackDecoder();
        try {
          for (const block of blocks) decodeWith(decoder, block);
        } catch (error) {
          expect(error).toBeInstanceOf(Http2Error);
          expect((error as Http2Error).code).toBe(ERROR.compression);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["an index of nothing", "80"],
    ["an index beyond both tables", "be"],
    ["a name beyond both tables", "7f00 0161"],
    ["a number without end", "ffff ffff ffff ffff ff"],
    ["a number that is cut off", "ff80"],
    ["a number of more bytes than any needs", "ff80 8080 8080 00"],
    ["a text that is cut off", "0001 61 05 62"],
    ["a block that is cut off", "00"],
    ["a larger table than is allowed", "3fe2 1f"],
    ["a table that changes behind a field", "8220"],
    ["the end's code within a text", "0085 ffff ffff ff 00"],
    ["padding of more than seven bits", "0082 07ff 00"],
    ["padding that is not of ones", "0081 18 00"],
  ])("refuses %s", (_what, block) => {
    expect(() => decode(block)).toThrow(Http2Error);
  });

  test("takes a table of 4,096 bytes, the largest there is", () => {
    expect(decode("3fe1 1f 82")).toEqual([[[":method", "GET"]]]);
  });

  test("lets go of a field that is larger than the table, and of all others", () => {
    const long = "a".repeat(4096);
    const decoder = new HpackDecoder();
    const literal = (name: string, value: string) => {
      const block = encodeHeaders([[name, value]]);
      // With indexing.
      block[0] = 0x40;
      return block;
    };
    decodeWith(decoder, literal("x", "y"));
    expect(decodeWith(decoder, hex("be"))).toEqual([["x", "y"]]);
    expect(decodeWith(decoder, literal("x", long))).toEqual([["x", long]]);
    expect(() => decodeWith(decoder, hex("be"))).toThrow("no field 62");
  });
});

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { frameData } from "../../../src/lib/http2/data-frames.ts";
import { ERROR, FLAG, FRAME, PREFACE, SETTING } from "../../../src/lib/http2/protocol.ts";
import { frame, HELLO, Peer, REQUEST, request, setting, turn, uint32 } from "./support.ts";

const many = (count: number, make: (i: number) => Uint8Array) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => make(i)));

describe("ServerConnection", () => {
  test("says its limits first, and acknowledges the peer's settings", async () => {
    const peer = new Peer({ streams: 7, headerBytes: 1000 });
    await turn();
    peer.send(HELLO);
    expect(peer.isReady).toBe(true);
    expect(peer.frames.map(({ type, flags, payload }) => [type, flags, [...payload]])).toEqual([
      [
        FRAME.settings,
        0,
        [...setting(SETTING.maxConcurrentStreams, 7), ...setting(SETTING.maxHeaderListSize, 1000)],
      ],
      [FRAME.settings, FLAG.ack, []],
    ]);
  });

  test("takes requests, wherever what comes is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 40 }), (places) => {
        const bytes = Buffer.concat([
          HELLO,
          request(1),
          request(3, { ends: false }),
          frame(FRAME.data, 0, 3, Buffer.from("ab")),
          frame(FRAME.data, FLAG.padded | FLAG.endStream, 3, [2, 0x63, 0, 0]),
        ]);
        const cuts = [0, ...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b);
        const peer = new Peer();
        let body = "";
        let ends = 0;
        for (const [i, end] of cuts.entries()) {
          if (i === 0) continue;
          const before = peer.streams.length;
          peer.send(bytes.slice(cuts[i - 1]!, end));
          if (peer.streams.length === before) continue;
          expect(peer.streams.every(({ headers }) => headers.get(":path") === "/a")).toBe(true);
          peer.stream.onData = (piece) => {
            body += Buffer.from(piece).toString();
          };
          peer.stream.onEnd = () => {
            ends++;
          };
        }
        expect(peer.streams.map(({ stream }) => [stream.id, stream.hasPeerEnded])).toEqual([
          [1, true],
          [3, true],
        ]);
        // What comes in the same piece as the headers comes before a listener of this test.
        expect("abc").toEndWith(body);
        expect(ends).toBeLessThanOrEqual(1);
        expect(peer.end).toBeUndefined();
      }),
    );
  });

  test("answers, and the stream is over once both sides have ended it", async () => {
    const peer = new Peer().send(HELLO, request(1, { ends: false }));
    const { stream } = peer;
    let closes = 0;
    stream.onClose = () => closes++;
    stream.respond([[":status", "200"]]);
    stream.write(Buffer.from("abc"));
    stream.end([["grpc-status", "0"]]);
    await turn();
    expect(peer.headers()).toEqual([{ ":status": "200" }, { "grpc-status": "0" }]);
    expect(peer.data(1).toString()).toBe("abc");
    expect(peer.of(FRAME.headers).map(({ flags }) => flags)).toEqual([
      FLAG.endHeaders,
      FLAG.endHeaders | FLAG.endStream,
    ]);
    expect(closes).toBe(0);
    peer.send(frame(FRAME.data, FLAG.endStream, 1));
    expect(closes).toBe(1);
    expect(peer.connection.streams).toBe(0);
    expect(peer.resets).toEqual([]);
  });

  test("ends a stream by the peer's trailers", () => {
    const peer = new Peer().send(HELLO, request(1, { ends: false }));
    const trailers = [["checksum", "1"]] as const;
    peer.send(request(1, { fields: trailers }));
    expect(peer.stream.hasPeerEnded).toBe(true);
    expect(peer.resets).toEqual([]);
  });

  test("opens windows again as a body comes", () => {
    const peer = new Peer().send(HELLO, request(1, { ends: false }));
    let bytes = 0;
    peer.stream.onData = (piece) => {
      bytes += piece.length;
    };
    for (let i = 0; i < 100; i++) peer.send(frame(FRAME.data, 0, 1, Buffer.alloc(16_000)));
    expect(bytes).toBe(1_600_000);
    const grown = (stream: number) =>
      peer
        .of(FRAME.windowUpdate)
        .filter((got) => got.stream === stream)
        .reduce((sum, { payload }) => sum + Buffer.from(payload).readUInt32BE(0), 65_535);
    for (const stream of [0, 1]) expect(grown(stream)).toBeGreaterThanOrEqual(1_600_000 + 32_000);
    expect(peer.end).toBeUndefined();
  });

  test("answers pings, and takes the answer to its own", async () => {
    const peer = new Peer().send(HELLO, frame(FRAME.ping, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]));
    expect(peer.of(FRAME.ping).map(({ flags, payload }) => [flags, [...payload]])).toEqual([
      [FLAG.ack, [1, 2, 3, 4, 5, 6, 7, 8]],
    ]);
    let pongs = 0;
    peer.connection.ping(() => pongs++);
    await turn();
    expect(peer.of(FRAME.ping)[1]).toMatchObject({ flags: 0 });
    peer.send(frame(FRAME.ping, FLAG.ack, 0, new Uint8Array(8)));
    peer.send(frame(FRAME.ping, FLAG.ack, 0, new Uint8Array(8)));
    expect(pongs).toBe(1);
  });

  test("leaves: says so, takes no further stream, and ends when the last is over", async () => {
    const peer = new Peer().send(HELLO, request(1));
    peer.stream.respond([[":status", "200"]]);
    peer.connection.leave();
    expect(peer.goaway).toBe(ERROR.none);
    peer.send(request(3));
    expect(peer.resets).toEqual([[3, ERROR.refusedStream]]);
    expect(peer.isSocketClosed).toBe(false);
    peer.stream.end([["grpc-status", "14"]]);
    await turn();
    expect(peer.headers()).toHaveLength(2);
    expect(peer.isSocketClosed).toBe(true);
    expect(peer.end).toEqual({ reason: undefined });
  });

  test("ends all streams when the socket closes", () => {
    const peer = new Peer().send(HELLO, request(1), request(3));
    const closed: number[] = [];
    for (const { stream } of peer.streams) stream.onClose = () => closed.push(stream.id);
    peer.connection.closed();
    peer.connection.closed();
    expect(closed).toEqual([1, 3]);
    peer.stream.write(Buffer.from("nobody hears"));
    peer.stream.end([["grpc-status", "0"]]);
    expect(peer.of(FRAME.data)).toEqual([]);
  });

  test("empties HPACK's table when the peer has made it smaller, once", async () => {
    const peer = new Peer().send(PREFACE, frame(FRAME.settings, 0, 0, setting(SETTING.headerTableSize, 0)));
    peer.send(request(1), request(3));
    for (const { stream } of peer.streams) stream.respond([[":status", "200"]]);
    await turn();
    expect(peer.of(FRAME.headers).map(({ payload }) => [...payload])).toEqual([[0x20, 0x88], [0x88]]);
  });

  test("sends a header block of more than one frame in several", async () => {
    const peer = new Peer().send(HELLO, request(1));
    peer.stream.respond([
      [":status", "200"],
      ["long", "x".repeat(40_000)],
    ]);
    await turn();
    const types = peer.frames.slice(2).map(({ type, flags }) => [type, flags]);
    expect(types).toEqual([
      [FRAME.headers, 0],
      [FRAME.continuation, 0],
      [FRAME.continuation, FLAG.endHeaders],
    ]);
  });
});

describe("a stream is refused", () => {
  const refused = (fields: readonly (readonly [string, string])[]) =>
    new Peer().send(HELLO, request(1, { fields })).resets;

  test.each([
    ["without a path", REQUEST.slice(0, 2)],
    ["with an empty path", [...REQUEST.slice(0, 2), [":path", ""]]],
    ["with two paths", [...REQUEST, [":path", "/b"]]],
    ["with an answer's field", [...REQUEST, [":status", "200"]]],
    ["with a field of its own behind others", [["a", "b"], ...REQUEST]],
    ["with a name in capitals", [...REQUEST, ["A", "b"]]],
    ["with an empty name", [...REQUEST, ["", "b"]]],
    ["with a field of a connection", [...REQUEST, ["connection", "close"]]],
    ["with other transfer than trailers", [...REQUEST, ["te", "gzip"]]],
    ["with a line's end in a value", [...REQUEST, ["a", "b\r\nc"]]],
    ["with a value that begins with a space", [...REQUEST, ["a", " b"]]],
  ] as const)("%s", (_what, fields) => {
    expect(refused(fields as never)).toEqual([[1, ERROR.protocol]]);
  });

  test("beyond the limit, and is taken once there is room", () => {
    const peer = new Peer({ streams: 2 }).send(HELLO, request(1), request(3), request(5));
    expect(peer.resets).toEqual([[5, ERROR.refusedStream]]);
    peer.send(frame(FRAME.rstStream, 0, 1, uint32(ERROR.cancel)), request(7));
    expect(peer.streams.map(({ stream }) => stream.id)).toEqual([1, 3, 7]);
  });

  test("with headers beyond the limit, and the next is taken", () => {
    const peer = new Peer({ headerBytes: 1000 });
    peer.send(HELLO, request(1, { fields: [...REQUEST, ["big", "x".repeat(1000)]] }), request(3));
    expect(peer.headers()).toEqual([{ ":status": "431" }]);
    expect(peer.streams.map(({ stream }) => stream.id)).toEqual([3]);
    const fields = Array.from({ length: 65 }, (_, i) => [`h${i}`, ""] as const);
    expect(new Peer().send(HELLO, request(1, { fields: [...REQUEST, ...fields] })).headers()).toEqual([
      { ":status": "431" },
    ]);
  });

  test("when its trailers do not end it", () => {
    const peer = new Peer().send(HELLO, request(1, { ends: false }), request(1, { ends: false, fields: [] }));
    expect(peer.resets).toEqual([[1, ERROR.protocol]]);
  });

  test("when its window grows by nothing", () => {
    const peer = new Peer().send(HELLO, request(1), frame(FRAME.windowUpdate, 0, 1, uint32(0)));
    expect(peer.resets).toEqual([[1, ERROR.protocol]]);
  });
});

describe("a connection ends", () => {
  const block = [0x83, 0x86, 0x84];
  test.each<[what: string, code: number, pieces: Uint8Array[]]>([
    ["with what is no preface", ERROR.protocol, [Buffer.from("GET / HTTP/1.1\r\n\r\n")]],
    ["without settings", ERROR.protocol, [PREFACE, request(1)]],
    ["with an acknowledgement first", ERROR.protocol, [PREFACE, frame(FRAME.settings, FLAG.ack, 0)]],
    ["with a frame that is too long", ERROR.frameSize, [HELLO, Buffer.from([0, 0x40, 1, 0, 0, 0, 0, 0, 1])]],
    ["with DATA on no stream", ERROR.protocol, [HELLO, frame(FRAME.data, 0, 0)]],
    ["with DATA on an idle stream", ERROR.protocol, [HELLO, frame(FRAME.data, 0, 1)]],
    ["with DATA behind the end", ERROR.streamClosed, [HELLO, request(1), frame(FRAME.data, 0, 1)]],
    ["with HEADERS behind the end", ERROR.streamClosed, [HELLO, request(1), request(1)]],
    ["with HEADERS on no stream", ERROR.protocol, [HELLO, request(0)]],
    ["with a stream of an even number", ERROR.protocol, [HELLO, request(2)]],
    ["with more padding than payload", ERROR.protocol, [HELLO, frame(FRAME.headers, 12, 1, [4, 0x83])]],
    ["with headers that are cut off", ERROR.frameSize, [HELLO, frame(FRAME.headers, 36, 1, [0, 0])]],
    ["with headers that cannot be decoded", ERROR.compression, [HELLO, frame(FRAME.headers, 5, 1, [0x80])]],
    [
      "with a frame within headers",
      ERROR.protocol,
      [HELLO, frame(FRAME.headers, 1, 1, block), frame(FRAME.ping, 0, 0, new Uint8Array(8))],
    ],
    [
      "with the headers of another stream within headers",
      ERROR.protocol,
      [HELLO, frame(FRAME.headers, 1, 1, block), frame(FRAME.continuation, 4, 3, block)],
    ],
    ["with CONTINUATION of nothing", ERROR.protocol, [HELLO, frame(FRAME.continuation, 4, 1, block)]],
    ["with a promise", ERROR.protocol, [HELLO, frame(FRAME.pushPromise, 4, 1, uint32(2))]],
    [
      "with RST_STREAM of another size",
      ERROR.frameSize,
      [HELLO, request(1), frame(FRAME.rstStream, 0, 1, [0])],
    ],
    ["with RST_STREAM on an idle stream", ERROR.protocol, [HELLO, frame(FRAME.rstStream, 0, 1, uint32(8))]],
    ["with SETTINGS on a stream", ERROR.protocol, [HELLO, frame(FRAME.settings, 0, 1)]],
    ["with SETTINGS of another size", ERROR.frameSize, [HELLO, frame(FRAME.settings, 0, 0, [1])]],
    [
      "with an acknowledgement that says something",
      ERROR.frameSize,
      [HELLO, frame(FRAME.settings, 1, 0, [1])],
    ],
    [
      "with a frame size that may not be",
      ERROR.protocol,
      [HELLO, frame(FRAME.settings, 0, 0, setting(SETTING.maxFrameSize, 100))],
    ],
    [
      "with a window that may not be",
      ERROR.flowControl,
      [HELLO, frame(FRAME.settings, 0, 0, setting(SETTING.initialWindowSize, 2 ** 31))],
    ],
    ["with PING on a stream", ERROR.protocol, [HELLO, frame(FRAME.ping, 0, 1, new Uint8Array(8))]],
    ["with PING of another size", ERROR.frameSize, [HELLO, frame(FRAME.ping, 0, 0, [0])]],
    [
      "with a window that grows by nothing",
      ERROR.protocol,
      [HELLO, frame(FRAME.windowUpdate, 0, 0, uint32(0))],
    ],
    [
      "with a window that grows too large",
      ERROR.flowControl,
      [HELLO, frame(FRAME.windowUpdate, 0, 0, uint32(2 ** 31 - 1))],
    ],
    [
      "with a stream's window that grows too large",
      ERROR.flowControl,
      [HELLO, request(1), frame(FRAME.windowUpdate, 0, 1, uint32(2 ** 31 - 1))],
    ],
    ["with WINDOW_UPDATE of another size", ERROR.frameSize, [HELLO, frame(FRAME.windowUpdate, 0, 0, [1])]],
  ])("%s", (_what, code, pieces) => {
    const peer = new Peer().send(...pieces);
    expect(peer.goaway).toBe(code);
    expect(peer.end?.reason).toBeString();
    expect(peer.isSocketClosed).toBe(true);
    const { length } = peer.frames;
    peer.send(request(11));
    expect(peer.frames).toHaveLength(length);
  });

  test("never by what it does not know, or by priorities", () => {
    const peer = new Peer().send(
      HELLO,
      frame(0xbe, 0xff, 77, [1, 2, 3]),
      frame(FRAME.priority, 0, 1, [0, 0, 0, 0, 1]),
      frame(FRAME.settings, 0, 0, setting(0xbeef, 1)),
      frame(FRAME.goaway, 0, 0, new Uint8Array(8)),
      request(1),
    );
    expect(peer.end).toBeUndefined();
    expect(peer.streams).toHaveLength(1);
  });

  test("never by what comes for a stream that was ended here", () => {
    const peer = new Peer().send(HELLO, request(1, { ends: false }));
    peer.stream.reset();
    peer.send(
      frame(FRAME.data, 0, 1, [1]),
      frame(FRAME.windowUpdate, 0, 1, uint32(1)),
      request(1, { fields: [] }),
    );
    peer.send(frame(FRAME.rstStream, 0, 1, uint32(8)));
    expect(peer.end).toBeUndefined();
  });
});

describe("a flood ends the connection", () => {
  const reset = (id: number) => frame(FRAME.rstStream, 0, id, uint32(ERROR.cancel));
  const opened = () => new Peer().send(HELLO, request(1, { ends: false }));

  test.each<[what: string, make: (i: number) => Uint8Array]>([
    ["settings", () => frame(FRAME.settings, 0, 0)],
    ["acknowledgements of settings", () => frame(FRAME.settings, FLAG.ack, 0)],
    ["pings", () => frame(FRAME.ping, 0, 0, new Uint8Array(8))],
    ["answers to pings", () => frame(FRAME.ping, FLAG.ack, 0, new Uint8Array(8))],
    ["priorities", () => frame(FRAME.priority, 0, 1, [0, 0, 0, 0, 1])],
    ["windows", () => frame(FRAME.windowUpdate, 0, 0, uint32(1))],
    ["windows of a stream", () => frame(FRAME.windowUpdate, 0, 1, uint32(1))],
    ["empty data", () => frame(FRAME.data, 0, 1)],
    ["data that is all padding", () => frame(FRAME.data, FLAG.padded, 1, [3, 0, 0, 0])],
    ["unknown frames", () => frame(99, 0, 0)],
    ["goodbyes", () => frame(FRAME.goaway, 0, 0, new Uint8Array(8))],
    ["streams that are reset at once", (i) => Buffer.concat([request(3 + 2 * i), reset(3 + 2 * i)])],
    ["resets of a stream that is over", (i) => (i === 0 ? reset(1) : reset(1))],
    ["streams beyond the limit", (i) => request(3 + 2 * i)],
    ["malformed streams", (i) => request(3 + 2 * i, { fields: [] })],
    ["trailers of a stream that is over", (i) => (i === 0 ? reset(1) : request(1, { fields: [] }))],
    ["data on a stream that is over", (i) => (i === 0 ? reset(1) : frame(FRAME.data, 0, 1, [1]))],
  ])("of %s", (_what, make) => {
    const peer = opened();
    for (let i = 0; i < 10_000 && peer.end === undefined; i += 100) peer.send(many(100, (j) => make(i + j)));
    expect(peer.goaway).toBe(ERROR.enhanceYourCalm);
    expect(peer.end?.reason).toStartWith("a flood of ");
  });

  test("of header blocks without end, whatever their size", () => {
    for (const size of [0, 1, 100, 16_000]) {
      const peer = new Peer().send(HELLO, frame(FRAME.headers, 0, 1, [0x83]));
      for (let i = 0; i < 40_000 && peer.end === undefined; i++)
        peer.send(frame(FRAME.continuation, 0, 1, Buffer.alloc(size)));
      expect(peer.goaway).toBe(ERROR.enhanceYourCalm);
    }
  });

  test("of a header that stands for megabytes is no more than the limit", () => {
    // A field of the table, over and over: a byte each.
    const peer = new Peer().send(HELLO);
    const long = [0x40, 1, 0x61, 127, 0xa1, 0x1e, ...Buffer.alloc(4000, 0x62)];
    peer.send(
      frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, [...long, ...Buffer.alloc(12_000, 0xbe)]),
    );
    expect(peer.headers()).toEqual([{ ":status": "431" }]);
    expect(peer.end).toBeUndefined();
  });

  test("is over when time has passed", () => {
    const peer = opened();
    const ping = frame(FRAME.ping, 0, 0, new Uint8Array(8));
    for (let minute = 0; minute < 100; minute++) {
      peer.send(many(1000, () => ping));
      peer.time += 60_000;
    }
    expect(peer.end).toBeUndefined();
  });

  test("is none where each goes with a frame of data, as Go's client has it", async () => {
    const peer = opened();
    const { stream } = peer;
    stream.respond([[":status", "200"]]);
    const piece = frameData(Buffer.alloc(10_000), 0, 10_000);
    const answers = [
      frame(FRAME.windowUpdate, 0, 0, uint32(10_000)),
      frame(FRAME.windowUpdate, 0, 1, uint32(10_000)),
      frame(FRAME.ping, 0, 0, new Uint8Array(8)),
    ];
    for (let i = 0; i < 10_000; i++) {
      stream.writeFrames(piece);
      peer.frames.length = 0;
      peer.send(...answers);
    }
    expect(peer.end).toBeUndefined();
    expect(stream.unsentBytes).toBe(0);
  });

  test("of answers that are not read", () => {
    const peer = opened();
    peer.room = 0;
    for (let i = 0; i < 100_000 && peer.end === undefined; i++) {
      peer.send(frame(FRAME.ping, 0, 0, new Uint8Array(8)));
      peer.time += 100;
    }
    expect(peer.end?.reason).toBe("it does not read answers");
    expect(peer.isSocketClosed).toBe(true);
  });
});

test("nothing that comes throws, and nothing grows", () => {
  const known = fc.record({
    type: fc.integer({ min: 0, max: 10 }),
    flags: fc.integer({ min: 0, max: 63 }),
    stream: fc.integer({ min: 0, max: 9 }),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      fc.constantFrom(
        ...[REQUEST, [], [["a", "b"]]].map((fields) => request(1, { fields: fields as never }).subarray(9)),
      ),
    ),
  });
  fc.assert(
    fc.property(fc.array(known, { maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), (frames, garbage) => {
      const peer = new Peer().send(HELLO);
      for (const { type, flags, stream, payload } of frames) {
        peer.send(frame(type, flags, stream, payload));
        for (const opened of peer.streams) {
          opened.stream.respond([[":status", "200"]]);
          opened.stream.write(Buffer.alloc(100));
        }
      }
      peer.send(garbage);
      expect(peer.connection.streams).toBeLessThanOrEqual(100);
      if (peer.end !== undefined) expect(peer.connection.streams).toBe(0);
    }),
    { numRuns: 1000 },
  );
});

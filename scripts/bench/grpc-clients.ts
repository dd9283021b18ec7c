/**
 * Clients of the event stream that do not keep up: each asks for all events, with the largest window there is, and then reads
 * nothing, or so many KiB a second.
 *
 *     bun scripts/bench/grpc-clients.ts ADDRESS CLIENTS KIB_PER_SECOND
 *
 * Prints a line once all are served, and stays until it is ended.
 */
import { connect, type Socket } from "node:net";
import { GET_EVENTS } from "../../src/encoding/protobuf/paths.ts";
import { frameMessage } from "../../src/lib/grpc/message.ts";
import { writeFrameHead, writeUint32 } from "../../src/lib/http2/data-frames.ts";
import { encodeHeaders } from "../../src/lib/http2/hpack-encoder.ts";
import {
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  INITIAL_WINDOW,
  PREFACE,
  SETTING,
} from "../../src/lib/http2/protocol.ts";

const WINDOW = 2 ** 30;
/** How often those read that do. */
const READS_PER_SECOND = 20;

const [address = "", count = "", kibPerSecond = ""] = process.argv.slice(2);
const [host = "", port = ""] = address.split(":");
const bytesPerRead = (Number(kibPerSecond) * 1024) / READS_PER_SECOND;

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(FRAME_HEAD_BYTES + payload.length);
  writeFrameHead(bytes, 0, { length: payload.length, type, flags, stream });
  bytes.set(payload, FRAME_HEAD_BYTES);
  return bytes;
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeUint32(bytes, 0, value);
  return bytes;
}

const HELLO = Buffer.concat([
  PREFACE,
  frame(FRAME.settings, 0, 0, Buffer.concat([Uint8Array.of(0, SETTING.initialWindowSize), uint32(WINDOW)])),
  frame(FRAME.windowUpdate, 0, 0, uint32(WINDOW - INITIAL_WINDOW)),
  frame(
    FRAME.headers,
    FLAG.endHeaders,
    1,
    encodeHeaders([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", GET_EVENTS],
      ["content-type", "application/grpc"],
      ["te", "trailers"],
    ]),
  ),
  frame(FRAME.data, FLAG.endStream, 1, frameMessage(new Uint8Array(0))),
]);

/** Resolves once the server has answered; nothing is read from then on. */
async function open(): Promise<Socket> {
  const socket = connect(Number(port), host);
  socket.write(HELLO);
  let last = 0;
  // The headers of the answer are behind the server's settings.
  while (!(last & 1)) {
    const piece = await new Promise<Buffer>((resolve) => socket.once("data", resolve));
    for (let at = 0; at + FRAME_HEAD_BYTES <= piece.length; at += FRAME_HEAD_BYTES + piece.readUIntBE(at, 3))
      if (piece[at + 3] === FRAME.headers) last |= 1;
  }
  socket.pause();
  return socket;
}

const sockets = await Promise.all(Array.from({ length: Number(count) }, open));
console.log("ready");
const left = sockets.map(() => 0);
for (const [i, socket] of sockets.entries())
  socket.on("data", (piece) => {
    left[i]! -= piece.length;
    if (left[i]! <= 0) socket.pause();
  });
for (const socket of sockets) socket.pause();
if (bytesPerRead > 0)
  setInterval(() => {
    for (const [i, socket] of sockets.entries()) {
      left[i]! += bytesPerRead;
      if (left[i]! > 0) socket.resume();
    }
  }, 1000 / READS_PER_SECOND);
else setInterval(() => {}, 60_000);

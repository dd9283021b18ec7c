/** @module What the two sides of a connection say of themselves (RFC 9113, section 6.5). */
import { writeUint32 } from "./data-frames.ts";
import { readUint32 } from "./frame-reader.ts";
import { TABLE_BYTES } from "./hpack-decoder.ts";
import { ERROR, Http2Error, MAX_FRAME_BYTES, MAX_WINDOW, protocolError, SETTING } from "./protocol.ts";

const SETTING_BYTES = 6;
/** A peer has reason for one or two of each. */
const MAX_SETTINGS = 32;

/** What a client said that matters to a server. */
export interface PeerSettings {
  readonly initialWindow: number | undefined;
  /** Whether HPACK's table may be no longer as large as it is at first. */
  readonly shrinksTable: boolean;
}

/** The payload of a server's settings. */
export function encodeSettings({
  streams,
  headerBytes,
}: {
  streams: number;
  headerBytes: number;
}): Uint8Array {
  const settings = [
    [SETTING.maxConcurrentStreams, streams],
    [SETTING.maxHeaderListSize, headerBytes],
  ] as const;
  const payload = new Uint8Array(settings.length * SETTING_BYTES);
  for (const [i, [name, value]] of settings.entries()) {
    payload[i * SETTING_BYTES + 1] = name;
    writeUint32(payload, i * SETTING_BYTES + 2, value);
  }
  return payload;
}

/** Reads a client's. @throws Http2Error for values that may not be. */
export function readSettings(payload: Uint8Array): PeerSettings {
  if (payload.length % SETTING_BYTES !== 0) throw new Http2Error(ERROR.frameSize, "SETTINGS of another size");
  if (payload.length > MAX_SETTINGS * SETTING_BYTES)
    throw new Http2Error(ERROR.enhanceYourCalm, "more settings than there are");
  let initialWindow: number | undefined;
  let shrinksTable = false;
  for (let at = 0; at < payload.length; at += SETTING_BYTES) {
    const value = readUint32(payload, at + 2);
    switch ((payload[at]! << 8) | payload[at + 1]!) {
      case SETTING.headerTableSize:
        if (value < TABLE_BYTES) shrinksTable = true;
        break;
      case SETTING.enablePush:
        if (value > 1) protocolError("ENABLE_PUSH is neither 0 nor 1");
        break;
      case SETTING.initialWindowSize:
        if (value > MAX_WINDOW) throw new Http2Error(ERROR.flowControl, "a window that is too large");
        initialWindow = value;
        break;
      case SETTING.maxFrameSize:
        if (value < MAX_FRAME_BYTES || value >= 2 ** 24) protocolError("MAX_FRAME_SIZE that may not be");
        break;
    }
  }
  return { initialWindow, shrinksTable };
}

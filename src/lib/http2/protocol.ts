/** @module Numbers of HTTP/2 (RFC 9113), and the error that ends a connection. */

/** What a client sends first (section 3.4). */
export const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Bytes before the payload of each frame (section 4.1). */
export const FRAME_HEAD_BYTES = 9;

/** Payload of a frame, until a peer allows more: more is never used here, in either direction. */
export const MAX_FRAME_BYTES = 16_384;

/** Window of a stream and of a connection, until either side changes it (section 6.9.2). */
export const INITIAL_WINDOW = 65_535;
/** No window may be larger (section 6.9.1). */
export const MAX_WINDOW = 2 ** 31 - 1;

/** Types of frames (section 6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags of frames. */
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** Settings (section 6.5.2). */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const;

/** Why a stream or a connection ends (section 7). */
export const ERROR = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** One of {@link ERROR}. */
export type ErrorCode = (typeof ERROR)[keyof typeof ERROR];

/** The peer did what ends the connection. */
export class Http2Error extends Error {
  override readonly name = "Http2Error";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws Http2Error `PROTOCOL_ERROR`. */
export function protocolError(message: string): never {
  throw new Http2Error(ERROR.protocol, message);
}

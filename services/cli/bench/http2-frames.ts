/** The frames of HTTP/2 (RFC 9113) that a client needs which does nothing but watch. */
export const FRAME = Object.freeze({
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
});
export const FLAG = Object.freeze({ endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 });
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const SETTING = Object.freeze({ headerTableSize: 1, enablePush: 2, initialWindowSize: 4 });
export const CANCEL = 8;
/** What either side may send on a connection before it was allowed more. */
export const FIRST_WINDOW_BYTES = 65_535;

const HEAD_BYTES = 9;
/** What a connection reads at a time. */
export const READ_BYTES = 64 * 1024;

export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function settings(values: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(values.length * 6);
  for (const [at, [name, value]] of values.entries()) {
    payload.writeUInt16BE(name, at * 6);
    payload.writeUInt32BE(value, at * 6 + 2);
  }
  return frame(FRAME.settings, 0, 0, payload);
}

/** A frame whose payload is one number: how many more bytes may be sent, or why a stream is over. */
export function numberFrame(type: number, stream: number, value: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(value);
  return frame(type, 0, stream, payload);
}

/** The frame of a request without a body. Every header is sent as it is: neither side has to remember any. */
export function requestFrame(stream: number, headers: Readonly<Record<string, string>>): Buffer {
  const pieces = Object.entries(headers).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]);
  return frame(FRAME.headers, FLAG.endStream | FLAG.endHeaders, stream, Buffer.concat(pieces));
}

/** A text with its length in front, as RFC 7541 §5.1 and §5.2 write them. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) + 128);
  return Buffer.concat([Buffer.of(...length, rest), bytes]);
}

/** Whether a block of response headers says 200 by the index that RFC 7541 gives it; one that spells it out is not understood. */
export function saysOk(block: Buffer): boolean {
  let at = 0;
  // Changes of the table's size may come first: one byte each, and more where the first holds its five bits full.
  while (((block[at] ?? 0) & 0xe0) === 0x20) {
    let more = ((block[at++] ?? 0) & 0x1f) === 0x1f;
    while (more) more = ((block[at++] ?? 0) & 0x80) !== 0;
  }
  return block[at] === 0x88;
}

/** A frame that came; its payload lies in the buffer that was read into, and is good until this returns. */
export type OnFrame = (type: number, flags: number, stream: number, payload: Buffer) => void;

/** Cuts what a connection reads into frames. What it is given may be written over afterwards. */
export function frameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  /** Begins with what came of a frame that is not complete; made once, so that reading leaves nothing to collect. */
  let held = Buffer.alloc(READ_BYTES);
  let heldBytes = 0;
  return (chunk) => {
    let bytes = chunk;
    if (heldBytes > 0) {
      const length = heldBytes + chunk.length;
      if (length > held.length) held = Buffer.concat([held.subarray(0, heldBytes)], 2 * length);
      chunk.copy(held, heldBytes);
      bytes = held.subarray(0, length);
    }
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      onFrame(bytes.readUInt8(at + 3), bytes.readUInt8(at + 4), stream, bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    heldBytes = bytes.length - at;
    if (heldBytes > held.length) held = Buffer.alloc(2 * heldBytes);
    bytes.copy(held, 0, at);
  };
}

/** A frame's payload without the padding and the priority that its flags announce. */
export function contentOf(flags: number, payload: Buffer): Buffer {
  const padding = (flags & FLAG.padded) === 0 ? 0 : (payload[0] ?? 0);
  const from = ((flags & FLAG.padded) === 0 ? 0 : 1) + ((flags & FLAG.priority) === 0 ? 0 : 5);
  return payload.subarray(from, payload.length - padding);
}

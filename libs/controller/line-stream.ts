import { OperatingError } from '@taffrail/platform/failure';

const NEWLINE = 0x0a;

/**
 * Splits a byte stream into its non-empty lines. Reads no further than the consumer asks, so that the sender's flow
 * control is the bound of what waits. Throws OperatingError `protocol` for a line longer than `maximumBytes`.
 */
export async function* linesOf(stream: AsyncIterable<Uint8Array>, maximumBytes: number): AsyncGenerator<string, void> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end === -1 ? undefined : end);
      pendingBytes += piece.byteLength;
      if (pendingBytes > maximumBytes) {
        throw new OperatingError('protocol', `the server sent a line of more than ${maximumBytes} bytes`);
      }
      if (piece.byteLength > 0) pending.push(piece);
      if (end === -1) break;
      if (pendingBytes > 0) yield Buffer.concat(pending, pendingBytes).toString('utf8');
      pending = [];
      pendingBytes = 0;
      start = end + 1;
    }
  }
  if (pendingBytes > 0) yield Buffer.concat(pending, pendingBytes).toString('utf8');
}

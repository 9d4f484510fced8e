import { limits } from '@taffrail/platform/limits';

/**
 * Buffers that large answers are gathered in, used again once they are on the wire. Every buffer made anew is memory outside
 * V8's heap, which answers to it with full collections: a third of the CPU of a large list went there.
 */
export class ChunkPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(limits.responseChunkBytes);
  }

  /**
   * To be called only when the connection itself has said that the bytes were written. One whose write failed may still be
   * looked at by what is left of the connection, and is let go.
   */
  giveBack(chunk: Buffer): void {
    if (this.#free.length < limits.responseChunksCount) this.#free.push(chunk);
  }
}

/** Copies parts into one chunk after another; each is full but the last. */
export function* gathered(parts: readonly Uint8Array[], pool: ChunkPool): Generator<{ chunk: Buffer; bytes: number }> {
  let chunk = pool.take();
  let at = 0;
  for (const part of parts) {
    for (let from = 0; from < part.byteLength;) {
      const count = Math.min(part.byteLength - from, chunk.byteLength - at);
      chunk.set(from === 0 && count === part.byteLength ? part : part.subarray(from, from + count), at);
      at += count;
      from += count;
      if (at < chunk.byteLength) continue;
      yield { chunk, bytes: at };
      chunk = pool.take();
      at = 0;
    }
  }
  if (at > 0) yield { chunk, bytes: at };
  else pool.giveBack(chunk);
}

import type { Writable } from 'node:stream';
import { CLIENT_GONE, type ResponseStream } from './exchange.ts';

/** A streamed answer over one of Node's writables; both protocols share it. */
export class WritableResponseStream implements ResponseStream {
  readonly connection: object;
  readonly #writable: Writable;
  /** Each writable is a connection of its own unless it is told which one it shares. */
  constructor(writable: Writable, connection: object = writable) {
    this.#writable = writable;
    this.connection = connection;
  }
  write(chunk: Uint8Array, written?: () => void): void {
    if (this.closed) return;
    if (written === undefined) this.#writable.write(chunk);
    else
      this.#writable.write(chunk, (error) => {
        // Node 24 hands over null as well as undefined for success.
        if (error === undefined || error === null) written();
      });
  }
  get queuedBytes(): number {
    return this.#writable.writableLength;
  }
  drained(): Promise<void> {
    return drained(this.#writable);
  }
  end(): void {
    if (!this.closed) this.#writable.end();
  }
  destroy(): void {
    this.#writable.destroy();
  }
  get closed(): boolean {
    return this.#writable.destroyed || this.#writable.writableEnded;
  }
  onClose(listener: () => void): void {
    if (this.#writable.destroyed) listener();
    else this.#writable.once('close', listener);
  }
}

/** Aborted when the writable closes before it was finished: the client has gone. */
export function clientGoneSignal(writable: Writable): AbortSignal {
  const aborter = new AbortController();
  const abort = (): void => {
    if (!writable.writableFinished) aborter.abort(CLIENT_GONE);
  };
  if (writable.destroyed) abort();
  else writable.once('close', abort);
  return aborter.signal;
}

/** Resolves when a writable can take more, or is gone. */
export function drained(writable: {
  readonly destroyed: boolean;
  readonly writableNeedDrain: boolean;
  once(event: 'drain' | 'close', listener: () => void): unknown;
  off(event: 'drain' | 'close', listener: () => void): unknown;
}): Promise<void> {
  if (writable.destroyed || !writable.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      writable.off('drain', done);
      writable.off('close', done);
      resolve();
    };
    writable.once('drain', done);
    writable.once('close', done);
  });
}

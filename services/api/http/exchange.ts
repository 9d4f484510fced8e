import { OperatingError } from '@taffrail/platform/failure';
import type { Identity } from '../auth/identity.ts';
import { ChunkPool, gathered } from './chunk-pool.ts';

export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * One request and its answer, the same over HTTP/1.1 and HTTP/2. Handlers see nothing else of HTTP.
 * Exactly one of `respond` and `stream` is called, once.
 */
export interface Exchange {
  readonly method: string;
  /** Path as sent, percent-encoded, without the query. */
  readonly path: string;
  /** What of the address stands before `path`, where an API is served below another one's path. */
  readonly prefix?: string;
  /** Query as sent, without `?`; '' when there is none. */
  readonly query: string;
  /** Who is on the other end of the connection, as its client certificate says. */
  readonly identity: Identity;
  readonly remoteAddress: string;
  /** A header by its lower-case name; several of one name joined by `, `. */
  header(name: string): string | undefined;
  /** All headers by their lower-case names, as they came. */
  requestHeaders(): HeaderValues;
  /** Reads the whole body. Rejects with RejectedRequest 413 beyond `limitBytes`. */
  body(limitBytes: number): Promise<Buffer>;
  /** Has the answer carry this `Warning` header before its own. */
  warn(warning: string): void;
  /** Answers with a body whose length is known. Parts are written one after another, with back-pressure when they are large. */
  respond(status: number, headers: HeaderValues, parts?: readonly Uint8Array[]): void;
  /** Answers with a stream that the handler writes and ends. */
  stream(status: number, headers: HeaderValues): ResponseStream;
  /** Status of the answer; 0 until it was begun. */
  readonly status: number;
  /** Aborted when the client goes away before the answer is complete. Made on first use. */
  readonly signal: AbortSignal;
}

/** A response under way. Writing after the client left is harmless. */
export interface ResponseStream {
  /** `written` runs once the connection has taken the bytes; never when it failed before. */
  write(chunk: Uint8Array, written?: () => void): void;
  /** Bytes accepted by `write` and not yet handed to the connection. */
  readonly queuedBytes: number;
  /** Resolves when more may be written, or the client has left. */
  drained(): Promise<void>;
  /** Ends the response in order. */
  end(): void;
  /** Cuts the response off so that the client sees it failed. */
  destroy(): void;
  readonly closed: boolean;
  /** What the response goes over, the same value for all that go over it. */
  readonly connection: object;
  /** Runs once when the response is over, for whatever reason. */
  onClose(listener: () => void): void;
}

/** The headers of an answer with the warnings that its exchange was given. */
export function warned(headers: HeaderValues, warnings: readonly string[]): HeaderValues {
  if (warnings.length === 0) return headers;
  const { warning = [] } = headers;
  return { ...headers, warning: [...warnings, ...(typeof warning === 'string' ? [warning] : warning)] };
}

/** Headers as Node keeps them, several of one name joined by `, `. */
export function joinedHeaders(headers: HeaderValues): Readonly<Record<string, string>> {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) joined[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return joined;
}

/** Why work for a client is given up. One value for all: making an error for each closed stream would cost more than a get. */
export const CLIENT_GONE = Object.freeze(new OperatingError('aborted', 'the client went away', { retryable: false }));

/** Parts above this many bytes in total are written with back-pressure. */
export const STREAMED_RESPONSE_BYTES = 256 * 1024;

/** The sum of the parts' lengths. */
export function totalBytes(parts: readonly Uint8Array[]): number {
  let total = 0;
  for (const part of parts) total += part.byteLength;
  return total;
}

/** One buffer of all parts; the part itself when it is alone. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
}

/** Groups neighbouring parts into chunks of about 64 KiB: few writes, and never the whole body twice in memory. */
export function* chunked(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  const chunkBytes = 64 * 1024;
  let group: Uint8Array[] = [];
  let groupBytes = 0;
  for (const part of parts) {
    group.push(part);
    groupBytes += part.byteLength;
    if (groupBytes >= chunkBytes) {
      yield joined(group);
      group = [];
      groupBytes = 0;
    }
  }
  if (group.length > 0) yield joined(group);
}

const chunks = new ChunkPool();

/** Writes parts with back-pressure and ends the stream. */
export async function writeParts(stream: ResponseStream, parts: readonly Uint8Array[]): Promise<void> {
  for (const { chunk, bytes } of gathered(parts, chunks)) {
    if (stream.closed) return;
    stream.write(chunk.subarray(0, bytes), () => chunks.giveBack(chunk));
    if (stream.queuedBytes > STREAMED_RESPONSE_BYTES) await stream.drained();
  }
  stream.end();
}

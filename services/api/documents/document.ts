import { createHash } from 'node:crypto';
import { answerBytes } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Representation } from '../http/negotiation.ts';

/** A document that never changes while the server runs: made when it is first asked for, then kept with its ETag. */
export interface Document {
  readonly contentType: string | undefined;
  bytes(): Uint8Array;
  etag(): string;
}

/** A document from the value it is the JSON of. */
export function jsonDocument(make: () => unknown, contentType?: string): Document {
  let bytes: Uint8Array | undefined;
  let etag: string | undefined;
  const document: Document = {
    contentType,
    bytes: () => (bytes ??= Buffer.from(JSON.stringify(make()))),
    etag: () => (etag ??= `"${createHash('sha256').update(document.bytes()).digest('hex').toUpperCase()}"`),
  };
  return document;
}

/** Whether the client says it has the document of an ETag already. */
export function hasDocument(exchange: Exchange, etag: string): boolean {
  const known = exchange.header('if-none-match');
  return known !== undefined && known.split(',').some((one) => [etag, `W/${etag}`, '*'].includes(one.trim()));
}

/** Answers a document; 304 without a body when the client has it already. */
export function answerDocument(
  exchange: Exchange,
  document: Document,
  representation: Pick<Representation, 'format' | 'pretty'>,
): void {
  const etag = document.etag();
  const caching = { etag, vary: 'Accept', 'cache-control': 'public' };
  if (hasDocument(exchange, etag)) {
    exchange.respond(304, caching);
    return;
  }
  const type = document.contentType === undefined ? {} : { 'content-type': document.contentType };
  answerBytes(exchange, 200, representation, [document.bytes()], { ...caching, ...type });
}

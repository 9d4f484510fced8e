import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { stringify } from 'yaml';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { chunked, joined, totalBytes, type Exchange, type HeaderValues, type ResponseStream } from './exchange.ts';
import { negotiate, PLAIN_OFFER, wantsPretty, type Representation } from './negotiation.ts';
import { statusHeaders, statusOf } from './status.ts';

/** Answers below this size are not worth compressing, as Kubernetes holds it. */
const GZIP_MINIMUM_BYTES = 128 * 1024;

const JSON_HEADERS: HeaderValues = Object.freeze({
  'content-type': 'application/json',
  'cache-control': 'no-cache, private',
});

/** Answers with JSON bytes that are already there, in the representation the client chose. */
export function answerBytes(
  exchange: Exchange,
  status: number,
  representation: Pick<Representation, 'format' | 'pretty'>,
  parts: readonly Uint8Array[],
  headers?: HeaderValues,
): void {
  if (representation.format === 'yaml') {
    const text = stringify(JSON.parse(textOf(parts)), { aliasDuplicateObjects: false });
    send(exchange, status, { ...JSON_HEADERS, ...headers, 'content-type': 'application/yaml' }, [Buffer.from(text)]);
  } else if (representation.pretty) {
    const text = `${JSON.stringify(JSON.parse(textOf(parts)), undefined, 2)}\n`;
    send(exchange, status, { ...JSON_HEADERS, ...headers }, [Buffer.from(text)]);
  } else {
    send(exchange, status, headers === undefined ? JSON_HEADERS : { ...JSON_HEADERS, ...headers }, parts);
  }
}

/** Answers with a value that becomes JSON. */
export function answerValue(
  exchange: Exchange,
  status: number,
  representation: Pick<Representation, 'format' | 'pretty'>,
  value: unknown,
  headers?: HeaderValues,
): void {
  answerBytes(exchange, status, representation, [Buffer.from(JSON.stringify(value))], headers);
}

/** Answers with a refusal as a `metav1.Status`, in the format and indentation the client asked for. */
export function answerRejection(exchange: Exchange, rejection: Rejection): void {
  answerValue(exchange, rejection.code, statusRepresentation(exchange), statusOf(rejection), statusHeaders(rejection));
}

/** What cannot be written as it was asked for is still said, as JSON. */
function statusRepresentation(exchange: Exchange): Pick<Representation, 'format' | 'pretty'> {
  const query = new URLSearchParams(exchange.query.includes('pretty') ? exchange.query : '');
  const chosen = negotiate(exchange.header('accept'), PLAIN_OFFER, wantsPretty(query, exchange.header('user-agent')));
  return isRejection(chosen) ? { format: 'json', pretty: true } : chosen;
}

/** Answers with plain text. */
export function answerText(exchange: Exchange, status: number, text: string): void {
  exchange.respond(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }, [
    Buffer.from(text),
  ]);
}

function send(exchange: Exchange, status: number, headers: HeaderValues, parts: readonly Uint8Array[]): void {
  if (totalBytes(parts) < GZIP_MINIMUM_BYTES || !acceptsGzip(exchange.header('accept-encoding'))) {
    exchange.respond(status, headers, parts);
    return;
  }
  const stream = exchange.stream(status, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  // A failed compressor leaves the client with a broken answer, which it notices by the missing end.
  writeCompressed(stream, parts).catch(() => stream.destroy());
}

async function writeCompressed(stream: ResponseStream, parts: readonly Uint8Array[]): Promise<void> {
  // Level 1: the network here is rarely slower than a compressor that works harder.
  const compressed = Readable.from(chunked(parts)).pipe(createGzip({ level: 1, chunkSize: 64 * 1024 }));
  for await (const chunk of compressed as AsyncIterable<Buffer>) {
    if (stream.closed) return;
    stream.write(chunk);
    await stream.drained();
  }
  stream.end();
}

/** Whether an `Accept-Encoding` header allows gzip. */
export function acceptsGzip(header: string | undefined): boolean {
  return header !== undefined && /(^|[\s,])gzip\s*(;\s*q=(1(\.0*)?|0\.\d*[1-9]\d*)\s*)?(,|$)/.test(header);
}

function textOf(parts: readonly Uint8Array[]): string {
  return Buffer.from(joined(parts)).toString('utf8');
}

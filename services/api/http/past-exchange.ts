import type { Identity } from '../auth/identity.ts';
import type { Exchange, HeaderValues, ResponseStream } from './exchange.ts';

/**
 * A request below `/at/<moment>` as the API of that moment sees it: without what stands before. Answers say which moment
 * they are of, once it is known.
 */
export class PastExchange implements Exchange {
  readonly path: string;
  readonly prefix: string;
  readonly #inner: Exchange;
  #dated: HeaderValues = {};

  constructor(inner: Exchange, prefix: string, path: string) {
    this.#inner = inner;
    this.prefix = prefix;
    this.path = path;
  }

  /** Headers every answer carries from now on. */
  date(headers: HeaderValues): void {
    this.#dated = headers;
  }

  get method(): string {
    return this.#inner.method;
  }
  get query(): string {
    return this.#inner.query;
  }
  get identity(): Identity {
    return this.#inner.identity;
  }
  get remoteAddress(): string {
    return this.#inner.remoteAddress;
  }
  get status(): number {
    return this.#inner.status;
  }
  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  header(name: string): string | undefined {
    return this.#inner.header(name);
  }

  requestHeaders(): HeaderValues {
    return this.#inner.requestHeaders();
  }

  body(limitBytes: number): Promise<Buffer> {
    return this.#inner.body(limitBytes);
  }

  warn(warning: string): void {
    this.#inner.warn(warning);
  }

  respond(status: number, headers: HeaderValues, parts?: readonly Uint8Array[]): void {
    this.#inner.respond(status, { ...headers, ...this.#dated }, parts);
  }

  stream(status: number, headers: HeaderValues): ResponseStream {
    return this.#inner.stream(status, { ...headers, ...this.#dated });
  }
}

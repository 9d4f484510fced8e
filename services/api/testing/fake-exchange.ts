import type { Identity } from '../auth/identity.ts';
import { requestEntityTooLarge } from '../http/body.ts';
import { warned, type Exchange, type HeaderValues, type ResponseStream } from '../http/exchange.ts';
import { RejectedRequest } from '@taffrail/machinery/rejection';

export interface FakeRequest {
  readonly method?: string;
  /** Path and query. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly identity?: Identity;
}

export const ADMIN: Identity = Object.freeze({
  type: 'user',
  user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
});

/** An exchange without a network: takes a request and remembers the answer. */
export class FakeExchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly identity: Identity;
  readonly remoteAddress = '127.0.0.1';
  readonly #headers: Readonly<Record<string, string>>;
  readonly #body: Buffer;
  readonly #warnings: string[] = [];
  readonly #aborter = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  status = 0;
  headers: HeaderValues = {};
  /** What was written so far; undefined before the answer began. */
  readonly written: Uint8Array[] = [];
  /** The stream of a streamed answer; its `stalled` makes it a client that does not read. */
  streamed: FakeStream | undefined;

  constructor(request: FakeRequest) {
    const [path = '', ...query] = request.url.split('?');
    this.method = request.method ?? 'GET';
    this.path = path;
    this.query = query.join('?');
    this.identity = request.identity ?? ADMIN;
    this.#headers = request.headers ?? {};
    this.#body = Buffer.from(request.body ?? '');
  }

  header(name: string): string | undefined {
    return this.#headers[name];
  }

  requestHeaders(): HeaderValues {
    return this.#headers;
  }

  async body(limitBytes: number): Promise<Buffer> {
    if (this.#body.length > limitBytes) throw new RejectedRequest(requestEntityTooLarge(limitBytes));
    return this.#body;
  }

  warn(warning: string): void {
    this.#warnings.push(warning);
  }

  respond(status: number, headers: HeaderValues, parts: readonly Uint8Array[] = []): void {
    this.#begin(status, headers);
    this.written.push(...parts);
    this.#settled.resolve();
  }

  stream(status: number, headers: HeaderValues): ResponseStream {
    this.#begin(status, headers);
    this.streamed = new FakeStream(this.written, () => this.#settled.resolve());
    return this.streamed;
  }

  #begin(status: number, headers: HeaderValues): void {
    if (this.status !== 0) throw new Error('answered twice');
    this.status = status;
    this.headers = warned(headers, this.#warnings);
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** The client leaves. */
  abort(): void {
    this.#aborter.abort();
    this.streamed?.destroy();
  }

  /** Resolves when the answer is complete. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  get text(): string {
    return Buffer.concat(this.written).toString('utf8');
  }

  get json(): Readonly<Record<string, unknown>> {
    return JSON.parse(this.text) as Readonly<Record<string, unknown>>;
  }

  /** The events of a watch answer so far. */
  get events(): readonly { readonly type: string; readonly object: Readonly<Record<string, unknown>> }[] {
    return this.text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { type: string; object: Record<string, unknown> });
  }
}

export class FakeStream implements ResponseStream {
  readonly #written: Uint8Array[];
  readonly #onOver: () => void;
  readonly #listeners: (() => void)[] = [];
  closed = false;
  /** Whether the end was in order; undefined while open. */
  outcome: 'ended' | 'destroyed' | undefined;
  /** While true, writes queue up as if the client did not read. */
  stalled = false;
  queuedBytes = 0;
  connection: object = this;

  constructor(written: Uint8Array[], onOver: () => void) {
    this.#written = written;
    this.#onOver = onOver;
  }

  write(chunk: Uint8Array): void {
    if (this.closed) return;
    if (this.stalled) this.queuedBytes += chunk.byteLength;
    else this.#written.push(chunk);
  }
  async drained(): Promise<void> {
    // Never queues for long: a stalled one is only looked at by its size.
  }
  end(): void {
    this.#close('ended');
  }
  destroy(): void {
    this.#close('destroyed');
  }
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.#listeners.push(listener);
  }

  #close(outcome: 'ended' | 'destroyed'): void {
    if (this.closed) return;
    this.closed = true;
    this.outcome = outcome;
    for (const listener of this.#listeners) listener();
    this.#onOver();
  }
}

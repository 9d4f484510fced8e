import { connect, type ClientHttp2Session } from 'node:http2';

/** A client over one HTTP/2 connection, for tests: JSON in, JSON out, watches as they come. */
export interface KubeClient {
  request(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string | string[]>>,
  ): Promise<KubeAnswer>;
  /** Opens a watch; events are collected until it is closed or ends. */
  watch(path: string): OpenedWatch;
  /** Opens any streamed answer. */
  stream(path: string): { text(): string; readonly ended: Promise<void> };
  close(): void;
}

export interface KubeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; what is read from it is checked by the test. */
  readonly json: KubeBody;
}

/** As much of an answer as tests look at. */
export interface KubeBody {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly metadata: Readonly<Record<string, string | undefined>>;
  readonly items: readonly KubeBody[];
  readonly data?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface OpenedWatch {
  readonly events: readonly { readonly type: string; readonly object: KubeBody }[];
  /** Resolves with the status of the answer. */
  readonly status: Promise<number>;
  readonly ended: Promise<void>;
  /** Stops reading, as a client does that is stuck. */
  pause(): void;
  resume(): void;
  close(): void;
}

export function kubeClient(
  url: string,
  credentials: { readonly ca: string | Buffer; readonly cert?: string | Buffer; readonly key?: string | Buffer },
): KubeClient {
  const session: ClientHttp2Session = connect(url, credentials);
  session.on('error', () => undefined);
  return {
    request(method, path, body, headers = {}) {
      const type = body === undefined ? {} : { 'content-type': 'application/json' };
      const stream = session.request({ ':method': method, ':path': path, ...type, ...headers }, { endStream: false });
      stream.end(body === undefined ? undefined : encoded(body));
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let answer: KubeAnswer['headers'] & { ':status'?: number } = {};
        stream.on('response', (received) => (answer = received as typeof answer));
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('error', reject);
        stream.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: answer[':status'] ?? 0,
            headers: answer,
            text,
            get json() {
              return JSON.parse(text) as KubeBody;
            },
          });
        });
      });
    },
    watch(path) {
      const stream = session.request({ ':path': path });
      const events: { type: string; object: KubeBody }[] = [];
      const status = Promise.withResolvers<number>();
      const ended = Promise.withResolvers<void>();
      let rest = '';
      stream.on('response', (received) => status.resolve(Number(received[':status'])));
      stream.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) events.push(JSON.parse(line) as (typeof events)[number]);
      });
      stream.on('error', () => undefined);
      stream.on('close', () => ended.resolve());
      return {
        events,
        status: status.promise,
        ended: ended.promise,
        pause: () => stream.pause(),
        resume: () => stream.resume(),
        close: () => stream.destroy(),
      };
    },
    stream(path) {
      const stream = session.request({ ':path': path });
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('error', () => undefined);
      return { text: () => text, ended: new Promise((resolve) => void stream.on('close', () => resolve())) };
    },
    close: () => session.destroy(),
  };
}

function encoded(body: unknown): string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
}

/** An etcd of its own for comparisons, spoken to as its clients do: gRPC over one HTTP/2 connection. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type ClientHttp2Session } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@taffrail/embedded/free-port';
import { systemClock } from '@taffrail/platform/clock';

export interface BenchEtcd {
  /** Resolves when the value is durable. */
  put(key: string, value: Uint8Array): Promise<void>;
  stop(): Promise<void>;
}

/** Starts `binary` in a directory of its own and waits until it takes writes. */
export async function benchEtcd(binary: string): Promise<BenchEtcd> {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-etcd-'));
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const child = spawn(
    binary,
    [
      `--data-dir=${directory}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=default=${peer}`,
      '--quota-backend-bytes=8589934592',
      '--logger=zap',
      '--log-outputs=/dev/null',
    ],
    { stdio: 'ignore' },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const session = await writable(client);
  return {
    put: (key, value) => put(session, key, value),
    async stop() {
      session.destroy();
      child.kill('SIGTERM');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function writable(url: string): Promise<ClientHttp2Session> {
  for (let attempt = 0; ; attempt++) {
    const session = connect(url);
    session.on('error', () => undefined); // the write tells
    try {
      await put(session, 'probe', Buffer.from('x'));
      return session;
    } catch (error) {
      session.destroy();
      if (attempt === 100) throw error;
      await systemClock.sleep(100);
    }
  }
}

/** `etcdserverpb.KV/Put` with a PutRequest { key = 1, value = 2 }. */
function put(session: ClientHttp2Session, key: string, value: Uint8Array): Promise<void> {
  const message = Buffer.concat([...field(1, Buffer.from(key)), ...field(2, value)]);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.byteLength, 1);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const stream = session.request({
    ':method': 'POST',
    ':path': '/etcdserverpb.KV/Put',
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  stream.once('trailers', (trailers) => {
    if (trailers['grpc-status'] === '0') resolve();
    else reject(new Error(`etcd answered ${String(trailers['grpc-message'])}`));
  });
  stream.once('error', reject);
  stream.once('close', () => reject(new Error('etcd did not answer')));
  stream.resume();
  stream.end(Buffer.concat([prefix, message]));
  return promise;
}

function field(number: number, bytes: Uint8Array): readonly Uint8Array[] {
  const length: number[] = [];
  for (let rest = bytes.byteLength; ; rest >>>= 7) {
    length.push(rest < 0x80 ? rest : (rest & 0x7f) | 0x80);
    if (rest < 0x80) return [Buffer.from([(number << 3) | 2, ...length]), bytes];
  }
}

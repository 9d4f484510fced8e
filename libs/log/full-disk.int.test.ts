import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '@taffrail/embedded/free-port';
import { findNatsBinary } from '@taffrail/embedded/nats-binary';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { connectNats, type NatsLink } from './connect.ts';
import { openJetStreamLog } from './jetstream-log.ts';

/** A file system of its own that can be filled up: root only. */
const directory = mkdtempSync(join(tmpdir(), 'taffrail-full-'));
const mounted = (() => {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', directory], { stdio: 'ignore' });
    return true;
  } catch {
    console.warn('no file system may be mounted here: the full disk is not tried');
    return false;
  }
})();

let port: number;
let server: ChildProcess;
let link: NatsLink;
const start = (): ChildProcess =>
  spawn(findNatsBinary().path, ['-c', join(directory, 'nats.conf')], { stdio: 'ignore' });
beforeAll(async () => {
  port = await freePort();
  const settings = `host: 127.0.0.1\nport: ${port}\nmax_payload: 8MB\njetstream { store_dir: "${directory}/streams", sync_interval: always, max_file_store: 10GB }\n`;
  writeFileSync(join(directory, 'nats.conf'), settings);
  server = start();
  link = await connectNats({ url: `nats://127.0.0.1:${port}`, name: 'test', clock: systemClock, logger: silentLogger });
});
afterAll(async () => {
  await link.close();
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
  if (mounted) execFileSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
});

test.skipIf(!mounted)(
  'a full disk refuses commits with storage-full, loses none, and serves again after room and a restart',
  async () => {
    const log = await openJetStreamLog(link, { name: 'LOG', trimmable: false });
    const payload = (at: number): Buffer => Buffer.alloc(300_000, `commit ${at} `);
    writeFileSync(join(directory, 'filler'), Buffer.alloc(18 * 1024 * 1024));
    let head = sequence(0);
    const fill = async (): Promise<void> => {
      for (;;) {
        expect(await log.append(payload(head + 1), head)).toEqual({ outcome: 'appended', sequence: head + 1 });
        head = sequence(head + 1);
      }
    };
    await expect(fill()).rejects.toMatchObject({ code: 'storage-full' });
    await expect(log.append(payload(head + 1), head)).rejects.toMatchObject({ code: 'storage-full' });
    expect(await log.head()).toEqual({ sequence: head });
    rmSync(join(directory, 'filler'));
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
    const before = link.connections();
    server = start();
    while (link.connections() === before) await systemClock.sleep(20);
    expect(await log.append(payload(head + 1), head)).toEqual({ outcome: 'appended', sequence: head + 1 });
    const signal = AbortSignal.timeout(10_000);
    for await (const stored of log.read({ from: sequence(1), until: sequence(head + 1), signal })) {
      expect(Buffer.compare(stored.payload, payload(stored.sequence))).toBe(0);
    }
    expect(head).toBeGreaterThan(10);
  },
);

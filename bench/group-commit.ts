/**
 * Group commit against one message per event, at the log's port, in one run on one machine:
 *
 *     node --conditions=source bench/group-commit.ts [--seconds 4] [--body-bytes 3072] [--etcd /usr/bin/etcd]
 *
 * Each caller writes an event of 3 KB, waits until it is durable (`sync always`) and writes the next. One message per event
 * is JetStream used plainly: each event a message on its object's subject, fenced by that subject, 16 in flight (more bring
 * nothing). Group commit is what the ledger does: one commit in flight, whoever waits joins the next one, hash chain
 * and codec included. Measured with the disk as it is and, where strace is installed, with every fsync of the server
 * slowed by 2 ms. With --etcd the same values are put into an etcd in between, for comparison. Prints writes a second, latencies and the ratios.
 */
import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findExecutable } from '@taffrail/embedded/executable';
import { findNatsBinary } from '@taffrail/embedded/nats-binary';
import { startNats } from '@taffrail/embedded/nats-server';
import type { Commit } from '@taffrail/log/commit';
import { decodeCommit, encodeCommit } from '@taffrail/log/commit-codec';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import type { EventDraft } from '@taffrail/log/event';
import { publishFenced } from '@taffrail/log/fenced-publish';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { ensureStream } from '@taffrail/log/stream';
import { draftCommit, draftEvent } from '@taffrail/log/testing/drafts';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { benchEtcd } from './etcd.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '4' },
    'body-bytes': { type: 'string', default: '3072' },
    'slow-fsync-us': { type: 'string', default: '2000' },
    etcd: { type: 'string' },
  },
});
const seconds = Number(values.seconds);
const IN_FLIGHT_COUNT = 16;
const EVENTS_PER_COMMIT_COUNT = 256;

/** Makes one event durable. */
type Write = (caller: number) => Promise<void>;

interface Figure {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const filler = Buffer.from(systemRandom.bytes(Number(values['body-bytes']))).toString('base64');
const body = Buffer.from(
  JSON.stringify({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name: 'bench', namespace: 'default' },
    data: { filler: filler.slice(0, Number(values['body-bytes']) - 120) },
  }),
);

/** Runs callers for a while, each writing one event after the other. */
async function measure(callers: number, write: Write): Promise<Figure> {
  const latencies: number[] = [];
  const run = async (forMs: number, keep: boolean): Promise<number> => {
    const beganMs = systemClock.monotonicMs();
    const endMs = beganMs + forMs;
    await Promise.all(
      Array.from({ length: callers }, async (_, caller) => {
        for (;;) {
          const sentMs = systemClock.monotonicMs();
          if (sentMs >= endMs) return;
          await write(caller);
          if (keep) latencies.push(systemClock.monotonicMs() - sentMs);
        }
      }),
    );
    return systemClock.monotonicMs() - beganMs;
  };
  await run(500, false);
  const tookMs = await run(seconds * 1000, true);
  latencies.sort((a, b) => a - b);
  const quantile = (q: number): number => latencies[Math.floor(q * latencies.length)] ?? Number.NaN;
  return { perSecond: (latencies.length / tookMs) * 1000, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
}

/** JetStream used plainly: a message for each event. */
async function messagePerEvent(link: NatsLink, stream: string): Promise<Write> {
  await ensureStream(link, { name: stream, subjects: [`${stream.toLowerCase()}.>`], storage: 'file' });
  const lasts = new Map<number, Sequence>();
  const waiting: (() => void)[] = [];
  let free = IN_FLIGHT_COUNT;
  return async (caller) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      const result = await publishFenced(link, {
        stream,
        subject: `${stream.toLowerCase()}.default.o${caller}`,
        payload: body,
        fence: { header: 'Nats-Expected-Last-Subject-Sequence', last: lasts.get(caller) ?? sequence(0) },
      });
      if (result.outcome !== 'stored') throw new Error('the fence did not hold');
      lasts.set(caller, result.sequence);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}

interface Joined {
  readonly event: EventDraft;
  done(): void;
  fail(error: unknown): void;
}

/** Whoever comes while a commit is on its way joins the next one. */
async function groupCommit(link: NatsLink, stream: string): Promise<Write> {
  const log = await openJetStreamLog(link, { name: stream, trimmable: false });
  let last: Commit = decodeCommit(encodeCommit(draftCommit()));
  await log.append(last.payload, sequence(0));
  const queue: Joined[] = [];
  let running = false;
  const commitAll = async (): Promise<void> => {
    // A turn of the microtask queue, as the ledger gives it: who was answered together is committed together.
    await Promise.resolve();
    while (queue.length > 0) {
      const members = queue.splice(0, EVENTS_PER_COMMIT_COUNT);
      try {
        const payload = encodeCommit(
          draftCommit(
            last,
            members.map(({ event }) => event),
          ),
        );
        const result = await log.append(payload, last.sequence);
        if (result.outcome !== 'appended') throw new Error('the fence did not hold');
        last = decodeCommit(payload);
        for (const member of members) member.done();
      } catch (error) {
        for (const member of members) member.fail(error);
      }
      await Promise.resolve();
    }
    running = false;
  };
  return (caller) =>
    new Promise((resolve, reject) => {
      queue.push({ event: draftEvent({ name: `o${caller}`, object: body }), done: resolve, fail: reject });
      if (running) return;
      running = true;
      commitAll().catch(reject);
    });
}

function line(what: string, { perSecond, p50Ms, p99Ms }: Figure): void {
  console.log(
    `  ${what.padEnd(28)} ${Math.round(perSecond).toString().padStart(7)} writes/s   p50 ${p50Ms.toFixed(2)} ms   p99 ${p99Ms.toFixed(2)} ms`,
  );
}

/** Measures both ways on a server of its own and prints the ratios of group commit to one message per event. */
async function compare(title: string, binary: string | undefined): Promise<void> {
  const storeDir = await mkdtemp(join(tmpdir(), 'taffrail-bench-'));
  const nats = await startNats({
    storeDir,
    clock: systemClock,
    random: systemRandom,
    signal: AbortSignal.timeout(30_000),
    ...(binary === undefined ? {} : { binary }),
  });
  const link = await connectNats({ url: nats.url, name: 'bench', clock: systemClock, logger: silentLogger });
  console.log(title);
  try {
    for (const callers of [64, 1]) {
      const single = await measure(callers, await messagePerEvent(link, `SINGLE${callers}`));
      line(`${callers} callers, message each`, single);
      const grouped = await measure(callers, await groupCommit(link, `GROUP${callers}`));
      line(`${callers} callers, group commit`, grouped);
      const throughput = grouped.perSecond / single.perSecond;
      const latency = grouped.p50Ms / single.p50Ms;
      console.log(
        `  ratio: ${throughput.toFixed(2)} times the throughput, ${latency.toFixed(2)} times the median latency`,
      );
    }
  } finally {
    await link.close();
    await nats.stop();
    await rm(storeDir, { recursive: true, force: true });
  }
}

/** What etcd makes of the same values, each caller waiting for each. */
async function measureEtcd(binary: string): Promise<void> {
  const etcd = await benchEtcd(binary);
  try {
    for (const callers of [64, 1]) {
      line(`${callers} callers, etcd`, await measure(callers, (caller) => etcd.put(`/registry/o${caller}`, body)));
    }
  } finally {
    await etcd.stop();
  }
}

await compare(`fsync as it is (bodies of ${body.length} bytes, sync always)`, undefined);
if (values.etcd !== undefined) await measureEtcd(values.etcd);
const strace = findExecutable('strace');
if (strace === undefined) {
  console.log('strace is not installed: the slow disk is not measured');
} else {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-bench-'));
  const wrapper = join(directory, 'nats-server');
  const delay = `inject=fsync,fdatasync:delay_exit=${values['slow-fsync-us']}`;
  const server = findNatsBinary(undefined).path;
  // -D: the server itself is the child that is waited for and stopped.
  writeFileSync(
    wrapper,
    `#!/bin/sh\nexec ${strace} -D -f -qq --seccomp-bpf -o /dev/null -e trace=fsync,fdatasync -e ${delay} ${server} "$@"\n`,
  );
  chmodSync(wrapper, 0o755);
  try {
    await compare(`every fsync slowed by ${Number(values['slow-fsync-us']) / 1000} ms`, wrapper);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

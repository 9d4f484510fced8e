import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { ZERO_HASH } from '@taffrail/log/hash-chain';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { streamInfo } from '@taffrail/log/stream';
import { readVerified } from '@taffrail/log/verified-reader';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { componentLogger } from '@taffrail/platform/logger';
import type { ClusterRecord } from '../cluster/cluster-record.ts';

/** What was found of one log; scripts rely on the names. */
interface VerifiedLog {
  readonly log: string;
  readonly commits: number;
  readonly events: number;
  /** First commit that is still there: 1, or later for a log that is trimmed. */
  readonly first: number;
  readonly head: number;
  readonly hash: string;
  readonly ms: number;
}

const PROGRESS_MS = 2_000;

/** Walks every log and prints what was found. Throws OperatingError at the first damage, with its place. */
export async function verifyLogs(
  { natsUrl: url }: ClusterRecord,
  output: 'text' | 'json',
  signal: AbortSignal,
): Promise<void> {
  const logger = componentLogger('log-verify');
  const link = await connectNats({ url, name: 'taffrail-verify', clock: systemClock, logger, signal });
  try {
    const verified = [await verify(link, 'LOG', signal)];
    if (await exists(link, 'EVENTS')) verified.push(await verify(link, 'EVENTS', signal));
    if (output === 'json') console.log(JSON.stringify(verified));
    else for (const log of verified) console.log(lineOf(log));
  } finally {
    await link.close();
  }
}

async function exists(link: NatsLink, name: string): Promise<boolean> {
  try {
    await streamInfo(link, name);
    return true;
  } catch (error) {
    if (error instanceof OperatingError && error.code === 'log-gap') return false;
    throw error;
  }
}

async function verify(link: NatsLink, name: string, signal: AbortSignal): Promise<VerifiedLog> {
  await streamInfo(link, name); // one that is missing is not made by looking at it
  const log = await openJetStreamLog(link, { name, trimmable: name === 'EVENTS' });
  const startedMs = systemClock.monotonicMs();
  const { sequence: until } = await log.head(signal);
  const first = await log.first(signal);
  if (first > 1 && name === 'LOG') {
    throw new OperatingError('log-gap', `log ${name}: it begins at commit ${first}; all before it are missing`);
  }
  const found = { commits: 0, events: 0, head: 0, hash: ZERO_HASH };
  let toldMs = startedMs;
  if (first <= until) {
    for await (const commit of readVerified(log, { start: { at: 'first', sequence: first }, until, signal })) {
      found.commits += 1;
      found.events += commit.events.length;
      found.head = commit.sequence;
      found.hash = commit.hash;
      if (process.stderr.isTTY && systemClock.monotonicMs() - toldMs > PROGRESS_MS) {
        toldMs = systemClock.monotonicMs();
        console.error(`${name}: ${commit.sequence} of ${until}`);
      }
    }
  }
  return { log: name, first, ...found, ms: Math.round(systemClock.monotonicMs() - startedMs) };
}

function lineOf({ log, commits, events, first, head, hash, ms }: VerifiedLog): string {
  const since = first > 1 ? ` from ${first}` : '';
  return `${log}: ${commits} commits${since}, ${events} events, intact; head ${head} ${hash} (${ms} ms)`;
}

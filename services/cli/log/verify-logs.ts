import { readFile } from 'node:fs/promises';
import { checkpointCheck, readCheckpoint, requireMet, type Checkpoint } from '@taffrail/log/checkpoint';
import { readCheckpoints } from '@taffrail/log/checkpoint-stream';
import { openPresentLogs, requireUncut } from '@taffrail/log/cluster-logs';
import { connectNats } from '@taffrail/log/connect';
import { cutMeanwhile } from '@taffrail/log/cut-meanwhile';
import { withRepairAdvice } from '@taffrail/log/damage';
import { chainWalker, inspectLog } from '@taffrail/log/verified-reader';
import type { WindowLog } from '@taffrail/log/window-log';
import type { Sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { componentLogger } from '@taffrail/platform/logger';
import type { ClusterRecord } from '../cluster/cluster-record.ts';

/** What was found of one log; scripts rely on the names. */
export interface VerifiedLog {
  readonly log: string;
  readonly commits: number;
  readonly events: number;
  /** First commit that is still there: 1, or later for a log that is trimmed. */
  readonly first: number;
  readonly head: number;
  readonly hash: string;
  /** Signed checkpoints whose commit was found as it was signed. */
  readonly checkpoints: number;
  readonly ms: number;
  /** Of an excerpt: what of it lies in its time range. */
  readonly inRange?: { readonly commits: number; readonly events: number };
}

const PROGRESS_MS = 2_000;

/** Walks every log and prints what was found. Throws OperatingError at the first damage, with its place. */
export async function verifyLogs(
  { natsUrl: url }: ClusterRecord,
  options: { readonly output: 'text' | 'json'; readonly checkpointFile?: string; readonly signal: AbortSignal },
): Promise<void> {
  const { signal } = options;
  const kept = await keptCheckpoints(options.checkpointFile);
  const logger = componentLogger('log-verify');
  const link = await connectNats({ url, name: 'taffrail-verify', clock: systemClock, logger, signal });
  try {
    const checkpoints = [...(await readCheckpoints(link, signal)), ...kept];
    const verified: VerifiedLog[] = [];
    for (const log of await openPresentLogs(link)) verified.push(await verify(log, checkpoints, signal));
    printVerified(verified, options.output);
  } catch (thrown) {
    throw withRepairAdvice(thrown);
  } finally {
    await link.close();
  }
}

/** The checkpoints of a file that was kept; none without one. */
export async function keptCheckpoints(file: string | undefined): Promise<readonly Checkpoint[]> {
  if (file === undefined) return [];
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new OperatingError('permission', `cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map(readCheckpoint);
}

/** Walks a log, from its beginning again when that is cut off meanwhile. */
async function verify(log: WindowLog, checkpoints: readonly Checkpoint[], signal: AbortSignal): Promise<VerifiedLog> {
  for (;;) {
    const first = await log.first(signal);
    requireUncut(log.name, first);
    try {
      return await verifyFrom(log, first, checkpoints, signal);
    } catch (error) {
      if (!(await cutMeanwhile(error, [{ log }], new Map([[log.name, first]]), signal))) throw error;
    }
  }
}

async function verifyFrom(
  log: WindowLog,
  first: Sequence,
  checkpoints: readonly Checkpoint[],
  signal: AbortSignal,
): Promise<VerifiedLog> {
  const { name } = log;
  const startedMs = systemClock.monotonicMs();
  const { sequence: until } = await log.head(signal);
  const walker = chainWalker(name);
  const check = checkpointCheck(name, checkpoints);
  let toldMs = startedMs;
  if (first <= until) {
    for await (const commit of inspectLog(log, { start: { at: 'first', sequence: first }, until, signal })) {
      walker.pass(commit);
      check.pass(commit);
      if (process.stderr.isTTY && systemClock.monotonicMs() - toldMs > PROGRESS_MS) {
        toldMs = systemClock.monotonicMs();
        console.error(`${name}: ${commit.sequence} of ${until}`);
      }
    }
  }
  requireMet(name, first, check.unmet());
  const ms = Math.round(systemClock.monotonicMs() - startedMs);
  return { ...walker.walked(), first, checkpoints: check.met, ms };
}

export function printVerified(verified: readonly VerifiedLog[], output: 'text' | 'json'): void {
  const shown = verified.map(({ log, first, commits, events, head, hash, checkpoints, ms, inRange }) => {
    const excerpt = inRange === undefined ? {} : { inRange };
    return { log, commits, events, first, head, hash, checkpoints, ms, ...excerpt };
  });
  if (output === 'json') console.log(JSON.stringify(shown));
  else for (const log of shown) console.log(lineOf(log));
}

function lineOf({ log, commits, events, first, head, hash, checkpoints, ms, inRange }: VerifiedLog): string {
  const of = inRange === undefined ? '' : ` (${inRange.commits} commits, ${inRange.events} events of the range)`;
  const since = first > 1 ? ` from ${first}` : '';
  return `${log}: ${commits} commits${since}, ${events} events${of}, intact; head ${head} ${hash}, ${checkpoints} checkpoints (${ms} ms)`;
}

import { checkpointCheck, fingerprintOf, requireMet, type Checkpoint } from '@taffrail/log/checkpoint';
import { requireWhole, type ExcerptFacts, type TimeRange } from '@taffrail/log/excerpt';
import { requireUncut } from '@taffrail/log/cluster-logs';
import { walkExport, type ExportVisitor } from '@taffrail/log/walk-export';
import { sequence as sequenceOf } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { keptCheckpoints, printVerified, type VerifiedLog } from './verify-logs.ts';

/** What the walk that compares notes of one log. */
interface Seen {
  readonly first: ExcerptFacts['first'];
  last: ExcerptFacts['last'];
  /** Hashes of the commits that somebody signed. */
  readonly signed: Map<number, string>;
  commitsInRange: number;
  eventsInRange: number;
}

/**
 * Walks an exported file by itself and prints what was found. Needs no cluster: the file, and a checkpoint from earlier for
 * whoever does not trust its maker. Of an excerpt it is proven as well that nothing of its time range is missing.
 */
export async function verifyFile(
  file: string,
  options: { readonly output: 'text' | 'json'; readonly checkpointFile?: string },
): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const kept = await keptCheckpoints(options.checkpointFile);
  const checkpoints = [...kept];
  let range: TimeRange | undefined;
  // The checkpoints stand at the file's end: the first walk collects them, the second compares.
  await walkExport(file, {
    checkpoint: (checkpoint) => void checkpoints.push(checkpoint),
    range: (found) => void (range = found),
  });
  const seen = new Map<string, Seen>();
  const cut = new Set<string>();
  const walked = await walkExport(file, {
    cut: ({ log }) => void cut.add(log),
    commit: noteCommits(seen, checkpoints, range),
  });
  const ms = Math.round(systemClock.monotonicMs() - startedMs);
  const verified: VerifiedLog[] = [];
  for (const log of walked) {
    const found = seen.get(log.log);
    if (found === undefined) continue;
    const check = checkpointCheck(log.log, checkpoints);
    for (const [sequence, hash] of found.signed) check.pass({ sequence: sequenceOf(sequence), hash });
    if (range === undefined) {
      requireUncut(log.log, log.first);
      requireMet(log.log, log.first, check.unmet());
    } else requireExcerpt(file, { log: log.log, cut: cut.has(log.log), ...found }, range, { checkpoints, kept });
    const { commitsInRange: commits, eventsInRange: events } = found;
    verified.push({
      ...log,
      checkpoints: check.met,
      ms,
      ...(range === undefined ? {} : { inRange: { commits, events } }),
    });
  }
  printVerified(verified, options.output);
  if (range !== undefined) console.error(`whole ${textOf(range)}`);
  for (const [log, { first }] of seen) {
    if (range === undefined || !cut.has(log) || first.timeMs < range.fromMs) continue;
    console.error(`${log} only from ${new Date(first.timeMs).toISOString()}: what was before had been cut off`);
  }
  for (const signer of signersOf(checkpoints)) console.error(`signed by the key ${signer}`);
}

function noteCommits(
  seen: Map<string, Seen>,
  checkpoints: readonly Checkpoint[],
  range: TimeRange | undefined,
): Required<ExportVisitor>['commit'] {
  const wanted = new Map<string, Set<number>>();
  for (const { log, sequence } of checkpoints) wanted.set(log, (wanted.get(log) ?? new Set()).add(sequence));
  return (log, { sequence, hash, timeMs, eventsCount }) => {
    const place = { sequence, timeMs };
    let known = seen.get(log);
    if (known === undefined) {
      known = { first: place, last: place, signed: new Map(), commitsInRange: 0, eventsInRange: 0 };
      seen.set(log, known);
    }
    known.last = place;
    if (wanted.get(log)?.has(sequence) === true) known.signed.set(sequence, hash);
    if (range === undefined || timeMs < range.fromMs || timeMs > range.toMs) return;
    known.commitsInRange += 1;
    known.eventsInRange += eventsCount;
  };
}

/**
 * An excerpt must hold its range whole, be signed by whoever signed what was kept, and reach to the commit of a checkpoint that
 * was kept: only the chain between the two says that nothing was rewritten.
 */
function requireExcerpt(
  file: string,
  facts: ExcerptFacts,
  range: TimeRange,
  { checkpoints, kept }: { readonly checkpoints: readonly Checkpoint[]; readonly kept: readonly Checkpoint[] },
): void {
  requireWhole(facts, range, checkpoints);
  const { log, first, last } = facts;
  for (const { sequence } of kept.filter((one) => one.log === log)) {
    if (sequence >= first.sequence && sequence <= last.sequence) continue;
    throw new OperatingError(
      'log-gap',
      `${file} holds commits ${first.sequence} to ${last.sequence} of ${log} and not ${sequence}, whose checkpoint was kept: export the range with --checkpoint`,
    );
  }
  if (kept.length === 0) return;
  const trusted = signersOf(kept);
  const closing = checkpoints.filter((one) => one.log === log && one.sequence === last.sequence);
  if (closing.some((one) => trusted.has(fingerprintOf(one.publicKey)))) return;
  throw new OperatingError(
    'log-corrupt',
    `log ${log}: commit ${last.sequence} was signed by another key than the checkpoint that was kept`,
  );
}

function signersOf(checkpoints: readonly Checkpoint[]): ReadonlySet<string> {
  return new Set(checkpoints.map(({ publicKey }) => fingerprintOf(publicKey)));
}

function textOf({ fromMs, toMs }: TimeRange): string {
  return `from ${new Date(fromMs).toISOString()} to ${new Date(toMs).toISOString()}`;
}

import type { Commit } from '@taffrail/log/commit';
import type { CommitLog } from '@taffrail/log/commit-log';
import { readVerified } from '@taffrail/log/verified-reader';
import { secretOf, TRANSACTION_OBJECTS_COUNT, type Ledgered } from './workload.ts';

/** What the log says of what was acknowledged. All but `commits` and `events` must be 0. */
export interface LogFigures {
  readonly commits: number;
  readonly events: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly halfTransactions: number;
  /** Secrets whose inside stands in the log for all to read. */
  readonly unsealed: number;
}

/**
 * Reads the whole log, its chain checked commit by commit (throws when it is broken), and holds it against what clients
 * were told. Written against the log's format alone: nothing of the state machine takes part.
 */
export async function checkLog(log: CommitLog, ledger: Ledgered): Promise<LogFigures> {
  const signal = AbortSignal.timeout(300_000);
  const until = (await log.head(signal)).sequence;
  let commits = 0;
  let events = 0;
  let duplicated = 0;
  let unsealed = 0;
  const secrets = new Map<string, number>();
  /** How often each ConfigMap was created, at which revision, and its transaction's extent. */
  const created = new Map<string, { readonly revision: number; readonly commit: number; readonly whole: number }>();
  const values = new Map<string, number>();
  const note = (commit: Commit): void => {
    for (const event of commit.events) {
      events++;
      if (event.resource === 'secrets') {
        if (Buffer.from(event.object).includes(secretOf(event.name))) unsealed++;
        if (event.verb !== 'created') continue;
        if (secrets.has(event.name)) duplicated++;
        secrets.set(event.name, event.revision);
      }
      if (event.resource !== 'configmaps') continue;
      if (event.verb === 'created') {
        if (created.has(event.name)) duplicated++;
        const whole = event.transactionEnd - event.transactionStart + 1;
        created.set(event.name, { revision: event.revision, commit: commit.sequence, whole });
      } else if (event.verb === 'updated') {
        const { data } = JSON.parse(Buffer.from(event.object).toString()) as { data: { value: string } };
        const key = `${event.name} ${data.value}`;
        values.set(key, (values.get(key) ?? 0) + 1);
      }
    }
  };
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal })) {
    commits++;
    note(commit);
  }
  let lost = 0;
  for (const [name, revision] of ledger.created) if (created.get(name)?.revision !== revision) lost++;
  for (const [name, revision] of ledger.secrets) if (secrets.get(name) !== revision) lost++;
  for (const [counter, counted] of ledger.counted) {
    for (const value of counted) if (!values.has(`${counter} ${value}`)) lost++;
  }
  for (const times of values.values()) if (times > 1) duplicated++;
  let halfTransactions = 0;
  for (const prefix of ledger.attempted) {
    const names = Array.from({ length: TRANSACTION_OBJECTS_COUNT }, (_, index) => `${prefix}-${index}`);
    const there = names.flatMap((name) => created.get(name) ?? []);
    if (there.length === 0) {
      if (ledger.transactions.has(prefix)) lost++;
      continue;
    }
    const inOne = new Set(there.map(({ commit }) => commit)).size === 1;
    if (there.length < names.length || !inOne || there.some(({ whole }) => whole !== names.length)) halfTransactions++;
  }
  return { commits, events, lost, duplicated, halfTransactions, unsealed };
}

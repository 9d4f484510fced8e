import { openDatabase } from '@taffrail/projection/database';
import { originOf, type Origin } from '@taffrail/history/origin';
import { revision } from '@taffrail/platform/brand';
import { readClusterRecord } from '../../services/cli/cluster/cluster-record.ts';

/** A write and what began the chain that it is the end of. */
export interface Traced {
  /** `LOG 4096 pods shop/web-1 patch by system:node:n1`. */
  readonly write: string;
  readonly user: string;
  readonly origin: Origin;
}

interface Row {
  readonly log: string;
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly request_verb: string;
  readonly user_name: string;
  readonly first_user: string;
  readonly first_cause: number | null;
  readonly first_correlation: string;
}

/** Longer than any chain of a test. */
const STEPS_COUNT = 1_000;

/** Follows the causes of every write of a cluster to the first of them, in SQL of its own. */
export async function tracedWrites(dataDir: string): Promise<readonly Traced[]> {
  const record = readClusterRecord(dataDir);
  if (record === undefined) throw new Error(`no cluster was recorded in ${dataDir}`);
  const database = openDatabase({ url: record.databaseUrl, name: 'taffrail-test', connectionsCount: 1 });
  try {
    const rows = await database<Row[]>`
      WITH RECURSIVE chain AS (
        SELECT log, revision, user_name AS first_user, cause_revision AS first_cause, correlation AS first_correlation, 1 AS step
        FROM history
        UNION ALL
        SELECT chain.log, chain.revision, h.user_name, h.cause_revision, h.correlation, chain.step + 1
        FROM chain JOIN history h ON h.log = 'LOG' AND h.revision = chain.first_cause
        WHERE chain.step < ${STEPS_COUNT}
      )
      SELECT DISTINCT ON (h.log, h.revision) h.log, h.revision, h.resource, h.namespace, h.name, h.request_verb, h.user_name,
        chain.first_user, chain.first_cause, chain.first_correlation
      FROM chain JOIN history h USING (log, revision)
      ORDER BY h.log, h.revision, chain.step DESC`;
    return rows.map((row) => ({
      write: `${row.log} ${row.revision} ${row.resource} ${row.namespace}/${row.name} ${row.request_verb} by ${row.user_name}`,
      user: row.user_name,
      origin: originOf({
        actor: { user: row.first_user, groups: [], userAgent: '', address: '', fieldManager: '' },
        cause: {
          // A cause that leads nowhere is none that can be told.
          ...(row.first_cause === null ? {} : { revision: revision(row.first_cause) }),
          correlation: row.first_correlation,
          traceparent: '',
        },
      }),
    }));
  } finally {
    await database.end();
  }
}

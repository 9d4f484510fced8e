import { LATEST_MIGRATION } from '@taffrail/migrations/latest';
import { openDatabase, query } from './database.ts';

/**
 * Whether the newest migration this build knows is the newest one in the database. Anything else is `migrate`'s to judge.
 * Throws OperatingError `unavailable` without Postgres.
 */
export async function isMigrated(url: string): Promise<boolean> {
  const postgres = openDatabase({ url, name: 'taffrail-migrate', connectionsCount: 1 });
  try {
    return await query(async () => {
      const [table] = await postgres<{ found: string | null }[]>`SELECT to_regclass('kysely_migration')::text AS found`;
      if (table?.found == null) return false;
      const [last] = await postgres<{ name: string }[]>`SELECT name FROM kysely_migration ORDER BY name DESC LIMIT 1`;
      return last?.name === LATEST_MIGRATION;
    });
  } finally {
    await postgres.end();
  }
}

import { migrations } from '@taffrail/migrations/migrations';
import { OperatingError } from '@taffrail/platform/failure';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { PostgresJSDialect } from 'kysely-postgres-js';
import { openDatabase, query, type Database } from './database.ts';

/**
 * Brings the schema up to date; several processes may do so at once (Kysely holds an advisory lock), one migrates and the
 * others find nothing to do. Resolves with the names of the migrations that ran.
 * Throws OperatingError `format-too-new` when a newer build has migrated this database, `unavailable` without Postgres.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const postgres = openDatabase({ url, name: 'taffrail-migrate', connectionsCount: 1 });
  const db = new Kysely<unknown>({ dialect: new PostgresJSDialect({ postgres }) });
  try {
    return await query(async () => {
      await refuseNewer(postgres);
      const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...migrations }) } });
      const { error, results } = await migrator.migrateToLatest();
      if (error !== undefined) throw error;
      return (results ?? []).map((result) => result.migrationName);
    });
  } finally {
    await db.destroy();
  }
}

async function refuseNewer(postgres: Database): Promise<void> {
  const [table] = await postgres<{ found: string | null }[]>`SELECT to_regclass('kysely_migration')::text AS found`;
  if (table?.found == null) return;
  const applied = await postgres<{ name: string }[]>`SELECT name FROM kysely_migration ORDER BY name`;
  const unknown = applied.map((row) => row.name).filter((name) => !Object.hasOwn(migrations, name));
  if (unknown.length === 0) return;
  throw new OperatingError(
    'format-too-new',
    `the database was migrated by a newer version (${unknown.join(', ')}): use that version, or another database`,
  );
}

import { sql, type Kysely } from 'kysely';

/**
 * What history is asked for beside one object: a namespace, a user, and what a change led to. Events of windows are found
 * by their object only, so these indexes leave them out.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`CREATE INDEX history_by_namespace ON history (namespace, revision) WHERE log = 'LOG'`,
    sql`CREATE INDEX history_by_user ON history (user_name, revision) WHERE log = 'LOG'`,
    sql`CREATE INDEX history_by_cause ON history (cause_revision, revision) WHERE log = 'LOG' AND cause_revision IS NOT NULL`,
  ];
  for (const statement of statements) await statement.execute(db);
}

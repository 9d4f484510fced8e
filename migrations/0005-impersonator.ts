import { sql, type Kysely } from 'kysely';

/** Who really asked, where one user acted as another: an auditor who reads only `user_name` would blame the wrong one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    // A constant default costs nothing: the rows that are there stay as they are.
    sql`ALTER TABLE history ADD COLUMN impersonator text NOT NULL DEFAULT ''`,
    sql`COMMENT ON COLUMN history.impersonator IS 'Who asked in the name of user_name; empty where users act for themselves'`,
    // A view's columns keep their places; a new one comes last.
    sql`CREATE OR REPLACE VIEW audit.events AS
      SELECT h.log, h.revision, h.previous_revision, to_timestamp(h.time_ms / 1000.0) AS time, h.verb, h.api_group,
        h.version AS api_version, h.resource, h.subresource, h.namespace, h.name, h.uid, h.request_verb, h.user_name,
        h.user_groups, h.user_agent, h.source_address, h.field_manager, h.cause_revision, h.correlation, h.traceparent,
        h.revision - h.revision % 1024 + h.transaction_start AS transaction_first,
        h.revision - h.revision % 1024 + h.transaction_end AS transaction_last,
        h.body_bytes AS object_bytes, h.impersonator
      FROM history h`,
  ];
  for (const statement of statements) await statement.execute(db);
}

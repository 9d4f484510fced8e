import { sql, type Kysely } from 'kysely';

/**
 * Reads of the past, and what auditors read.
 *
 * `keys.gone_revision` says when the last object of a name was deleted, so that a list at a past revision passes over names
 * of which nothing was left then without looking at their history: pods live an hour, their names are remembered for ever.
 * It stands in the index that such a list walks along.
 *
 * The schema `audit` is for people: its views are documented (docs/audit-sql.md) and stay when the tables below them change.
 * No view shows an object's body, so none can show what is inside a Secret.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`ALTER TABLE keys ADD COLUMN gone_revision bigint`,
    sql`COMMENT ON COLUMN keys.gone_revision IS 'Revision of the deletion of the last object of this name; null while one is alive'`,
    sql`UPDATE keys k SET gone_revision = h.revision
      FROM (
        SELECT DISTINCT ON (api_group, resource, namespace, name) api_group, resource, namespace, name, revision, verb
        FROM history ORDER BY api_group, resource, namespace, name, revision DESC
      ) h
      WHERE h.verb = 'deleted'
        AND (h.api_group, h.resource, h.namespace, h.name) = (k.api_group, k.resource, k.namespace, k.name)`,
    sql`CREATE INDEX keys_by_life ON keys (api_group, resource, namespace, name) INCLUDE (first_revision, gone_revision)`,
    // Time only grows along the log, so a few bytes for each range of blocks are an index of it. The expression is the view's.
    sql`CREATE INDEX history_by_time ON history USING brin (to_timestamp(time_ms / 1000.0)) WITH (pages_per_range = 32)`,
    sql`CREATE SCHEMA audit`,
    sql`CREATE VIEW audit.events AS
      SELECT h.log, h.revision, h.previous_revision, to_timestamp(h.time_ms / 1000.0) AS time, h.verb, h.api_group,
        h.version AS api_version, h.resource, h.subresource, h.namespace, h.name, h.uid, h.request_verb, h.user_name,
        h.user_groups, h.user_agent, h.source_address, h.field_manager, h.cause_revision, h.correlation, h.traceparent,
        h.revision - h.revision % 1024 + h.transaction_start AS transaction_first,
        h.revision - h.revision % 1024 + h.transaction_end AS transaction_last,
        h.body_bytes AS object_bytes
      FROM history h`,
    sql`CREATE VIEW audit.transactions AS
      SELECT h.log, h.revision AS first_revision, h.revision - h.revision % 1024 + h.transaction_end AS last_revision,
        to_timestamp(h.time_ms / 1000.0) AS time, h.user_name, h.source_address, h.correlation,
        n.created, n.updated, n.deleted
      FROM history h CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE e.verb = 'created') AS created, count(*) FILTER (WHERE e.verb = 'updated') AS updated,
          count(*) FILTER (WHERE e.verb = 'deleted') AS deleted
        FROM history e
        WHERE e.log = h.log AND e.revision BETWEEN h.revision AND h.revision - h.revision % 1024 + h.transaction_end
      ) n
      WHERE h.revision % 1024 = h.transaction_start`,
    sql`CREATE VIEW audit.commits AS
      SELECT c.log, c.sequence, c.sequence * 1024 AS first_revision, to_timestamp(c.time_ms / 1000.0) AS time, c.hash,
        octet_length(c.payload) AS payload_bytes
      FROM commits c`,
    sql`CREATE FUNCTION audit.causes(asked bigint)
      RETURNS TABLE (step integer, revision bigint, "time" timestamptz, verb text, resource text, namespace text, name text,
        user_name text, request_verb text, cause_revision bigint)
      LANGUAGE sql STABLE AS $$
        WITH RECURSIVE chain AS (
          SELECT 0 AS step, e.* FROM audit.events e WHERE e.log = 'LOG' AND e.revision = asked
          UNION ALL
          SELECT c.step + 1, e.* FROM chain c JOIN audit.events e ON e.log = 'LOG' AND e.revision = c.cause_revision
          WHERE e.revision < c.revision
        )
        SELECT step, revision, "time", verb, resource, namespace, name, user_name, request_verb, cause_revision
        FROM chain ORDER BY step
      $$`,
    sql`COMMENT ON SCHEMA audit IS 'For auditors: who changed what, when, from where and why; stable, see docs/audit-sql.md'`,
    sql`COMMENT ON VIEW audit.events IS 'Every change of every object, one row each'`,
    sql`COMMENT ON VIEW audit.transactions IS 'Changes that were made together, all of them or none'`,
    sql`COMMENT ON VIEW audit.commits IS 'Every commit of the logs with its hash in the chain'`,
    sql`COMMENT ON FUNCTION audit.causes(bigint) IS 'The chain of changes that led to one, from it back to its origin'`,
  ];
  for (const statement of statements) await statement.execute(db);
}

import { sql, type Kysely } from 'kysely';

/**
 * The read model as of format 1.
 *
 * A body is stored once: in the payload of its commit. `history` says where in the payload it stands (the payload is stored
 * uncompressed, so that Postgres fetches only that slice); `objects` repeats the bodies of what is alive, inline.
 * Bodies are bytea: a body is bytes as they stand in the log, whatever they are.
 * `history` is not partitioned: the as-of query costs the same with and without (it goes through `keys`), and the log
 * only ever appends to it.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`CREATE TABLE projection (
      log text PRIMARY KEY,
      sequence bigint NOT NULL,
      hash text NOT NULL,
      time_ms bigint NOT NULL
    )`,
    sql`COMMENT ON TABLE projection IS 'How far each log has been projected; moves in the transaction that writes the rows'`,
    sql`CREATE TABLE commits (
      log text NOT NULL,
      sequence bigint NOT NULL,
      hash text NOT NULL,
      time_ms bigint NOT NULL,
      payload bytea STORAGE EXTERNAL NOT NULL,
      PRIMARY KEY (log, sequence)
    )`,
    sql`COMMENT ON TABLE commits IS 'Second copy of the log, byte for byte; not part of the projection, a rebuild keeps it'`,
    sql`CREATE TABLE keys (
      api_group text COLLATE "C" NOT NULL,
      resource text COLLATE "C" NOT NULL,
      namespace text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      first_revision bigint NOT NULL,
      PRIMARY KEY (api_group, resource, namespace, name)
    )`,
    sql`COMMENT ON TABLE keys IS 'Every object that ever was: what a list at a past revision goes through'`,
    sql`CREATE TABLE history (
      log text NOT NULL,
      revision bigint NOT NULL,
      previous_revision bigint NOT NULL,
      created_revision bigint NOT NULL,
      time_ms bigint NOT NULL,
      verb text NOT NULL,
      api_group text COLLATE "C" NOT NULL,
      version text NOT NULL,
      resource text COLLATE "C" NOT NULL,
      namespace text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      uid text NOT NULL,
      body_offset integer NOT NULL,
      body_bytes integer NOT NULL,
      user_name text NOT NULL,
      user_groups text[] NOT NULL,
      user_agent text NOT NULL,
      source_address text NOT NULL,
      field_manager text NOT NULL,
      cause_revision bigint,
      correlation text NOT NULL,
      traceparent text NOT NULL,
      request_verb text NOT NULL,
      subresource text NOT NULL,
      transaction_start integer NOT NULL,
      transaction_end integer NOT NULL,
      PRIMARY KEY (log, revision)
    )`,
    sql`COMMENT ON TABLE history IS 'Every event; its object is body_bytes bytes at body_offset of the payload of commit revision / 1024'`,
    sql`CREATE INDEX history_by_key ON history (api_group, resource, namespace, name, revision DESC)`,
    sql`CREATE INDEX history_by_resource ON history (api_group, resource, revision)`,
    sql`CREATE TABLE objects (
      log text NOT NULL,
      api_group text COLLATE "C" NOT NULL,
      resource text COLLATE "C" NOT NULL,
      namespace text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      version text NOT NULL,
      uid text NOT NULL,
      revision bigint NOT NULL,
      created_revision bigint NOT NULL,
      body bytea STORAGE EXTERNAL NOT NULL,
      PRIMARY KEY (api_group, resource, namespace, name)
    ) WITH (toast_tuple_target = 8160)`,
    sql`COMMENT ON TABLE objects IS 'What is alive, with its body as it stands in the log (without resourceVersion)'`,
  ];
  for (const statement of statements) await statement.execute(db);
}

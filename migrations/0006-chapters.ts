import { sql, type Kysely } from 'kysely';

/**
 * The log bound by object. What one object went through lies far apart in `history` and in the payloads of commits, as it
 * happened: fifty of its changes are some two hundred blocks of the disk. Once a stretch of LOG has grown long enough it is a
 * chapter: its events are packed once more, in the order of keys, those of one object together. Versions of one object have
 * nearly everything in common, so compressed they take a fraction of what they do in the log.
 *
 * Chapters repeat what is in `history` and `commits`; a database without them answers the same, later.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`CREATE TABLE chapters (
      first_revision bigint PRIMARY KEY,
      until_revision bigint NOT NULL,
      events integer NOT NULL
    )`,
    sql`COMMENT ON TABLE chapters IS 'Stretches of LOG that are bound by object, each up to where the next one begins'`,
    sql`CREATE TABLE chapter_objects (
      api_group text COLLATE "C" NOT NULL,
      resource text COLLATE "C" NOT NULL,
      namespace text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      first_revision bigint NOT NULL,
      packed bytea STORAGE EXTERNAL NOT NULL,
      PRIMARY KEY (api_group, resource, namespace, name, first_revision)
    ) WITH (toast_tuple_target = 8160)`,
    sql`COMMENT ON TABLE chapter_objects IS 'Consecutive events of one object in one chapter with their bodies, compressed'`,
  ];
  for (const statement of statements) await statement.execute(db);
}

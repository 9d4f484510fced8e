import { sql, type Kysely } from 'kysely';

/**
 * Which names a page of the past walks along. `keys` has every name there ever was; where pods come and go, a hundred and fifty
 * dead ones stand between two that lived at the moment asked for. Each chapter knows the names that lived in it, so a page
 * passes by no more dead ones than one chapter has. Behind the last chapter a page walks along the names that are alive today
 * and those that have gone since the moment, each with an index of their own.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const statements = [
    sql`CREATE TABLE chapter_names (
      chapter bigint NOT NULL,
      api_group text COLLATE "C" NOT NULL,
      resource text COLLATE "C" NOT NULL,
      namespace text COLLATE "C" NOT NULL,
      name text COLLATE "C" NOT NULL,
      first_revision bigint NOT NULL,
      gone_revision bigint,
      PRIMARY KEY (chapter, api_group, resource, namespace, name) INCLUDE (first_revision, gone_revision)
    )`,
    sql`COMMENT ON TABLE chapter_names IS 'Every object that was alive in the chapter that begins at this revision; gone_revision when it was not at its end'`,
    sql`INSERT INTO chapter_names
      SELECT c.first_revision, k.api_group, k.resource, k.namespace, k.name, k.first_revision,
        CASE WHEN k.gone_revision < c.until_revision THEN k.gone_revision END
      FROM chapters c
      JOIN keys k ON k.first_revision < c.until_revision AND (k.gone_revision IS NULL OR k.gone_revision >= c.first_revision)
      WHERE EXISTS (
        SELECT FROM chapter_objects o
        WHERE (o.api_group, o.resource, o.namespace, o.name) = (k.api_group, k.resource, k.namespace, k.name)
      )
      ORDER BY c.first_revision, k.api_group, k.resource, k.namespace, k.name`,
    sql`DROP INDEX keys_by_life`,
    sql`CREATE INDEX keys_alive ON keys (api_group, resource, namespace, name) INCLUDE (first_revision) WHERE gone_revision IS NULL`,
    sql`CREATE INDEX keys_gone ON keys (api_group, resource, gone_revision) INCLUDE (namespace, name, first_revision)
      WHERE gone_revision IS NOT NULL`,
  ];
  for (const statement of statements) await statement.execute(db);
}

import type { Transaction } from './database.ts';

/*
 * A table that is filled in one go is filled without indexes, which are then made of all its rows at once. Names and
 * settings are those of the table in use, so that a migration finds afterwards what migrations made.
 */

/**
 * Makes in `schema` a table like the one of this name in `public`, with its settings but without keys and indexes: column
 * settings for the planner as well, because what is filled is analysed before it takes its place.
 */
export async function makeBareTable(transaction: Transaction, schema: string, table: string): Promise<void> {
  const [settings] = await transaction<{ options: string | null }[]>`
    SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = ${`public.${table}`}::regclass`;
  // LIKE copies everything but the storage parameters.
  const options = settings?.options ?? '';
  await transaction.unsafe(
    `CREATE TABLE ${schema}.${table} (LIKE public.${table} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)
      ${options === '' ? '' : `WITH (${options})`}`,
  );
  const columns = await transaction<{ setting: string }[]>`
    SELECT format('ALTER COLUMN %I SET STATISTICS %s', attname, attstattarget) AS setting FROM pg_attribute
    WHERE attrelid = ${`public.${table}`}::regclass AND attstattarget >= 0 AND NOT attisdropped
    UNION ALL
    SELECT format('ALTER COLUMN %I SET (%s)', attname, array_to_string(attoptions, ', ')) FROM pg_attribute
    WHERE attrelid = ${`public.${table}`}::regclass AND attoptions IS NOT NULL AND NOT attisdropped`;
  for (const { setting } of columns) await transaction.unsafe(`ALTER TABLE ${schema}.${table} ${setting}`);
  await makeStatistics(transaction, schema, table);
}

/** Makes the extended statistics of the table in `public`, under the name that `givenTo` looks for. */
async function makeStatistics(transaction: Transaction, schema: string, table: string): Promise<void> {
  const statistics = await transaction<{ name: string; kinds: string; columns: string }[]>`
    SELECT 'statistics_' || oid AS name, pg_get_statisticsobjdef_columns(oid) AS columns,
      COALESCE('(' || (SELECT string_agg(CASE kind WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ')
        FROM unnest(stxkind) kind WHERE kind <> 'e') || ')', '') AS kinds
    FROM pg_statistic_ext WHERE stxrelid = ${`public.${table}`}::regclass`;
  for (const { name, kinds, columns } of statistics) {
    await transaction.unsafe(`CREATE STATISTICS ${schema}.${name} ${kinds} ON ${columns} FROM ${schema}.${table}`);
  }
}

/** Makes the keys of the table in `public`: primary key and unique constraints. */
export async function makeKeys(transaction: Transaction, schema: string, table: string): Promise<void> {
  const keys = await transaction<{ name: string; definition: string }[]>`
    SELECT quote_ident(conname) AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
    WHERE conrelid = ${`public.${table}`}::regclass AND contype IN ('p', 'u') ORDER BY contype, conname`;
  for (const { name, definition } of keys) {
    await transaction.unsafe(`ALTER TABLE ${schema}.${table} ADD CONSTRAINT ${name} ${definition}`);
  }
}

/** Makes the indexes of the table in `public` that do not belong to a key. */
export async function makeIndexes(transaction: Transaction, schema: string, table: string): Promise<void> {
  const indexes = await transaction<{ definition: string }[]>`
    SELECT pg_get_indexdef(i.indexrelid) AS definition FROM pg_index i
    WHERE i.indrelid = ${`public.${table}`}::regclass
      AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))
    ORDER BY i.indexrelid`;
  for (const { definition } of indexes) {
    await transaction.unsafe(definition.replace(` ON public.${table} USING `, ` ON ${schema}.${table} USING `));
  }
}

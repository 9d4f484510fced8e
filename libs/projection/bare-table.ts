import type { Transaction } from './database.ts';

/*
 * A table that is filled in one go is filled without indexes, which are then made of all its rows at once. Names and
 * settings are those of the table in use, so that a migration finds afterwards what migrations made.
 */

/** Makes in `schema` a table like the one of this name in `public`, with its settings but without keys and indexes. */
export async function makeBareTable(transaction: Transaction, schema: string, table: string): Promise<void> {
  const [settings] = await transaction<{ options: string | null }[]>`
    SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = ${`public.${table}`}::regclass`;
  // LIKE copies everything but the storage parameters.
  const options = settings?.options ?? '';
  await transaction.unsafe(
    `CREATE TABLE ${schema}.${table} (LIKE public.${table} INCLUDING ALL EXCLUDING INDEXES)
      ${options === '' ? '' : `WITH (${options})`}`,
  );
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

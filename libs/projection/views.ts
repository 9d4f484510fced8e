import type { Transaction } from './database.ts';

/** A view as Postgres would make it again: qualified name and query, every name in it qualified too. */
export interface ViewDefinition {
  readonly name: string;
  /** Such as `security_barrier=true`; a view that is made again without them would lose them. */
  readonly options: readonly string[] | null;
  readonly query: string;
}

/**
 * The views that read some tables of `public`, ours and whatever users of the database made. They hold on to the tables
 * they were made over, not to their names, so whoever replaces a table must turn them to the new one.
 */
export async function viewsOver(
  transaction: Transaction,
  tables: readonly string[],
): Promise<readonly ViewDefinition[]> {
  // With nothing in the search path every name is written out with its schema.
  await transaction`SET LOCAL search_path = ''`;
  return await transaction<ViewDefinition[]>`
    SELECT DISTINCT c.oid::regclass::text AS name, c.reloptions AS options, pg_get_viewdef(c.oid) AS query
    FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class c ON c.oid = r.ev_class
    WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'v'
      AND d.refobjid = ANY(SELECT to_regclass('public.' || t) FROM unnest(${tables as string[]}::text[]) t)`;
}

/** Makes views again over the tables that have their names now. Who may read them stays, and so do views over them. */
export async function pointAtNewTables(transaction: Transaction, views: readonly ViewDefinition[]): Promise<void> {
  for (const { name, options, query } of views) {
    const settings = options === null ? '' : `WITH (${options.join(', ')})`;
    await transaction.unsafe(`CREATE OR REPLACE VIEW ${name} ${settings} AS ${query}`);
  }
}

import { OperatingError } from '@taffrail/platform/failure';
import type { Transaction } from './database.ts';

/*
 * What operators give to the tables of the projection belongs to their names, not to their rows, so a table that takes the
 * place of another takes it over: owner, rights on it and on its columns, row security, comments, statistics. Rights
 * go together with the row security that narrows them, or they would show more than was granted.
 */

/** `$1` are the names of the tables: those in `public`. */
const OLD = `(SELECT c.*, format('public.%I', c.relname) AS name
  FROM pg_class c JOIN unnest($1::text[]) t ON c.oid = to_regclass('public.' || t)) old`;
/** `$2` is the schema in which the new ones wait. */
const NEW = `pg_class new ON new.relname = old.relname AND new.relnamespace = to_regnamespace($2::text)`;
const GRANTEE = `CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END`;
const GRANTABLE = `CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END`;

/** Queries for statements, in the order in which these are run. */
const GIVEN = {
  owner: `SELECT format('ALTER TABLE %s OWNER TO %s', old.name, old.relowner::regrole)
    FROM ${OLD} JOIN ${NEW} WHERE old.relowner <> new.relowner`,
  // A new table may begin with rights that nobody gave the old one: those that its maker's default privileges name.
  begunWith: `SELECT format('REVOKE ALL ON %s FROM %s', old.name, ${GRANTEE})
    FROM ${OLD} JOIN ${NEW}, LATERAL (SELECT grantee FROM aclexplode(new.relacl) UNION SELECT old.relowner) acl
    WHERE COALESCE(old.relacl, new.relacl) IS NOT NULL`,
  rights: `SELECT format('GRANT %s ON %s TO %s%s', acl.privilege_type, old.name, ${GRANTEE}, ${GRANTABLE})
    FROM ${OLD} JOIN ${NEW}, aclexplode(COALESCE(old.relacl, acldefault('r', old.relowner))) acl
    WHERE COALESCE(old.relacl, new.relacl) IS NOT NULL`,
  rightsOnColumns: `SELECT format('GRANT %s (%I) ON %s TO %s%s', acl.privilege_type, c.attname, old.name, ${GRANTEE}, ${GRANTABLE})
    FROM ${OLD} JOIN pg_attribute c ON c.attrelid = old.oid AND NOT c.attisdropped, aclexplode(c.attacl) acl`,
  policies: `SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, old.name,
      CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
      CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
      (SELECT string_agg(${GRANTEE}, ', ') FROM unnest(p.polroles) acl (grantee)))
      || COALESCE(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
      || COALESCE(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
    FROM ${OLD} JOIN pg_policy p ON p.polrelid = old.oid`,
  rowSecurity: `SELECT format('ALTER TABLE %s %s ROW LEVEL SECURITY', old.name, setting)
    FROM ${OLD}, LATERAL (VALUES (relrowsecurity, 'ENABLE'), (relforcerowsecurity, 'FORCE')) security (applies, setting)
    WHERE applies`,
  // Of columns and constraints they come with the table's form.
  comments: `SELECT format('COMMENT ON TABLE %s IS %L', old.name, obj_description(old.oid, 'pg_class'))
    FROM ${OLD} WHERE obj_description(old.oid, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT format('COMMENT ON INDEX %s IS %L', i.indexrelid::regclass, obj_description(i.indexrelid, 'pg_class'))
    FROM ${OLD} JOIN pg_index i ON i.indrelid = old.oid WHERE obj_description(i.indexrelid, 'pg_class') IS NOT NULL`,
  // Made by `makeBareTable` beside the table, because they are worth nothing before it is analysed.
  statistics: `SELECT unnest(ARRAY[
      format('ALTER STATISTICS %I.%I OWNER TO %s', $2::text, 'statistics_' || s.oid, s.stxowner::regrole),
      format('ALTER STATISTICS %I.%I RENAME TO %I', $2::text, 'statistics_' || s.oid, s.stxname),
      format('ALTER STATISTICS %I.%I SET SCHEMA %s', $2::text, s.stxname, s.stxnamespace::regnamespace)])
    FROM ${OLD} JOIN pg_statistic_ext s ON s.stxrelid = old.oid`,
} as const;

/**
 * The statements that give to `tables` of `public` what those there now were given. They are read while `schema` still
 * holds the new tables, and run when these have their names and the old ones are gone.
 */
export async function givenTo(
  transaction: Transaction,
  tables: readonly string[],
  schema: string,
): Promise<readonly string[]> {
  // With nothing in the search path every name is written out with its schema.
  await transaction`SET LOCAL search_path = ''`;
  const statements: string[] = [];
  for (const query of Object.values(GIVEN)) {
    // Every query takes both parameters, named in it or not.
    const text = `SELECT statement FROM (${query}) given (statement) WHERE $2::text IS NOT NULL`;
    for (const row of await transaction.unsafe<{ statement: string }[]>(text, [tables as string[], schema])) {
      statements.push(row.statement);
    }
  }
  return statements;
}

/**
 * Throws OperatingError `protocol` when something leans on the tables that cannot be turned to others in their place: the
 * old ones could not be dropped then, or it would be lost. Asked before a long replay rather than after it.
 */
export async function refuseWhatLeans(transaction: Transaction, tables: readonly string[]): Promise<void> {
  const leaning = await transaction.unsafe<{ what: string }[]>(
    `SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) AS what
    FROM pg_depend d JOIN pg_class t ON t.oid = ANY(SELECT to_regclass('public.' || name) FROM unnest($1::text[]) name)
      AND (d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid OR d.refclassid = 'pg_type'::regclass AND d.refobjid = t.reltype)
    WHERE d.classid IN ('pg_trigger'::regclass, 'pg_publication_rel'::regclass, 'pg_proc'::regclass)
        AND NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE d.classid = 'pg_trigger'::regclass AND g.oid = d.objid AND g.tgisinternal)
      OR d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_type'::regclass
      OR d.classid = 'pg_constraint'::regclass AND EXISTS (SELECT 1 FROM pg_constraint f WHERE f.oid = d.objid AND f.contype = 'f')
      OR d.classid = 'pg_rewrite'::regclass AND EXISTS (SELECT 1 FROM pg_rewrite r JOIN pg_class v ON v.oid = r.ev_class
        WHERE r.oid = d.objid AND v.relkind <> 'v')
      OR d.classid = 'pg_policy'::regclass AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.oid = d.objid
        AND p.polrelid <> ALL(SELECT to_regclass('public.' || name) FROM unnest($1::text[]) name))
    ORDER BY 1`,
    [tables as string[]],
  );
  if (leaning.length === 0) return;
  throw new OperatingError(
    'protocol',
    `${leaning.map(({ what }) => what).join(', ')} would not survive the tables being replaced: drop ${
      leaning.length === 1 ? 'it' : 'them'
    }, rebuild, and make ${leaning.length === 1 ? 'it' : 'them'} again`,
  );
}

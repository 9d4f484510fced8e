import { limits } from '@taffrail/platform/limits';
import type { Database, Fragment } from './database.ts';
import { objectOfRow, type ObjectRow } from './live-objects.ts';
import type { ObjectsPage, ObjectsQuery, ProjectedObject } from './read-model.ts';

/** What a name stood for at a moment; no body where it was given up then, and taken again later. */
export type StateOfName = Omit<ObjectRow, 'body'> & { readonly body: Buffer | undefined };

/** The states of some names, one after the other. */
export interface StatesRead {
  readonly states: readonly StateOfName[];
  /** How many names were found, of which only as many were read as fit. */
  readonly found: number;
}

/** A page of the past, along names: `read` gives the states of up to `count` of those that `askedNames` selects. */
export async function pageOfNames(
  asked: ObjectsQuery,
  read: (asked: ObjectsQuery, count: number) => Promise<StatesRead>,
): Promise<ObjectsPage> {
  const { limit } = asked;
  const objects: ProjectedObject[] = [];
  let { after } = asked;
  let bytes = 0;
  for (let count = limit + 1; ; count = Math.max(limit + 1 - objects.length, limits.pastNamesCount)) {
    const { states, found } = await read(after === undefined ? asked : { ...asked, after }, count);
    for (const { body, ...state } of states) {
      after = state;
      if (body === undefined) continue;
      if (objects.length === limit || bytes >= limits.pastPageBytes) return { objects, more: true };
      objects.push(objectOfRow({ ...state, body }));
      bytes += body.byteLength;
    }
    if (found < count && states.length === found) return { objects, more: false };
  }
}

/** The names of a table that may have been alive at the moment asked for. `among`: which of its rows are looked at. */
export function askedNames(
  database: Database,
  from: 'keys' | 'chapter_names',
  among: Fragment,
  asked: ObjectsQuery,
): Fragment {
  const { definition, namespace, name, after, at } = asked;
  return database`
    SELECT k.api_group, k.resource, k.namespace, k.name FROM ${database(from)} k
    WHERE ${among} AND k.api_group = ${definition.group} AND k.resource = ${definition.resource}
      AND k.first_revision <= ${at} AND (k.gone_revision IS NULL OR k.gone_revision > ${at})
      ${namespace === undefined ? database`` : database`AND k.namespace = ${namespace}`}
      ${name === undefined ? database`` : database`AND k.name = ${name}`}
      ${after === undefined ? database`` : database`AND (k.namespace, k.name) > (${after.namespace}, ${after.name})`}`;
}

/** The first of some names, in the order of pages. */
export function firstNames(database: Database, names: Fragment, count: number): Fragment {
  return database`SELECT * FROM (${names}) k ORDER BY k.namespace, k.name LIMIT ${count}`;
}

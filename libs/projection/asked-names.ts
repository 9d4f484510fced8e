import type { Database } from './database.ts';
import type { ObjectsQuery } from './read-model.ts';

/** Which rows of a table of names, called `k`, a page of the past walks along, in the order of namespace and name. */
export function askedNames(database: Database, asked: ObjectsQuery): ReturnType<Database> {
  const { definition, namespace, name, after, at } = asked;
  return database`
    k.api_group = ${definition.group} AND k.resource = ${definition.resource}
    AND k.first_revision <= ${at} AND (k.gone_revision IS NULL OR k.gone_revision > ${at})
    ${namespace === undefined ? database`` : database`AND k.namespace = ${namespace}`}
    ${name === undefined ? database`` : database`AND k.name = ${name}`}
    ${after === undefined ? database`` : database`AND (k.namespace, k.name) > (${after.namespace}, ${after.name})`}`;
}

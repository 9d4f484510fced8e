import type { MutableJsonObject } from '../json.ts';
import type { ResourceRules } from '../definition.ts';
import type { ObjectMeta } from '../generated/types.ts';
import { dns1123Subdomain } from '../syntax/names.ts';
import type { NameSyntax } from '../validation/metadata.ts';
import { age } from './cells.ts';
import { AGE, NAME } from './columns.ts';
import { rulesOf } from './strategy.ts';

/** What every object has, and a kind without rules of its own says nothing more of. */
interface AnyObject {
  readonly metadata: ObjectMeta;
  readonly status?: object;
}

export interface PlainFacts {
  /** Cluster-scoped when false. */
  readonly namespaced?: boolean;
  readonly name?: NameSyntax;
  readonly generation?: boolean;
  /** The status a new object starts with; absent for kinds without status. */
  readonly status?: MutableJsonObject;
}

/** The columns of a kind that shows nothing of its own. */
export const PLAIN_COLUMNS = [NAME, AGE] as const;

/** The rules of a kind that only what all kinds share holds for: metadata, status and generation. */
export function plainRules({
  namespaced = true,
  name = dns1123Subdomain,
  generation,
  status,
}: PlainFacts): ResourceRules {
  return rulesOf<AnyObject>({
    metadata: { namespaced, name },
    ...(generation === undefined ? {} : { generation }),
    ...(status === undefined ? {} : { initialStatus: () => structuredClone(status), statusAlone: true }),
    cells: (object) => [object.metadata?.name ?? '', age(object.metadata)],
  });
}

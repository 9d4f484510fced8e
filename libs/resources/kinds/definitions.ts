import type {
  ResourceDefinition,
  ResourceRules,
  ResourceVerb,
  SubresourceDefinition,
  TableColumn,
} from '../definition.ts';
import { fullName } from '../schema-text.ts';

const ALL_VERBS: readonly ResourceVerb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** What is particular about a resource; the rest follows from its kind. */
export interface ResourceFacts {
  readonly group?: string;
  readonly version?: string;
  readonly kind: string;
  /** Plural; the kind in lower case and an `s` when absent. */
  readonly resource?: string;
  /** Singular; the kind in lower case when absent. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Cluster-scoped when false. */
  readonly namespaced?: boolean;
  readonly storage?: ResourceDefinition['storage'];
  /** Verbs the resource lacks. */
  readonly without?: readonly ResourceVerb[];
  readonly subresources?: readonly SubresourceDefinition[];
  /** Full name of the kind's type; what Kubernetes calls a type of its group, version and kind when absent. */
  readonly schema?: string;
  readonly columns: readonly TableColumn[];
  readonly rules: ResourceRules;
}

/** Completes a resource's facts. */
export function defineResource(facts: ResourceFacts): ResourceDefinition {
  const singular = facts.singular ?? facts.kind.toLowerCase();
  return Object.freeze<ResourceDefinition>({
    group: facts.group ?? '',
    version: facts.version ?? 'v1',
    kind: facts.kind,
    listKind: `${facts.kind}List`,
    resource: facts.resource ?? `${singular}s`,
    singular,
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    namespaced: facts.namespaced ?? true,
    storage: facts.storage ?? 'forever',
    verbs: ALL_VERBS.filter((verb) => facts.without?.includes(verb) !== true),
    subresources: facts.subresources ?? [],
    schema: facts.schema ?? typeName(facts),
    columns: facts.columns,
    rules: facts.rules,
  });
}

function typeName({ group = '', version = 'v1', kind }: ResourceFacts): string {
  return fullName(`${group === '' ? 'core' : group.split('.', 1)[0]}.${version}.${kind}`);
}

const READ_WRITE = ['get', 'patch', 'update'] as const;

/** The `status` subresource of a kind. */
export function statusOf(kind: string): SubresourceDefinition {
  return { name: 'status', kind, verbs: READ_WRITE };
}

/** The `scale` subresource of a workload. */
export const SCALE: SubresourceDefinition = Object.freeze({
  name: 'scale',
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  verbs: READ_WRITE,
});

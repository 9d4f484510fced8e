import type {
  ResourceDefinition,
  ResourceRules,
  ResourceVerb,
  ServedResource,
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

/** What clients are told of a resource that does not follow from its kind. */
export interface ServedFacts {
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
  readonly subresources?: readonly SubresourceDefinition[];
  /** Full name of the kind's type; what Kubernetes calls a type of its group, version and kind when absent. */
  readonly schema?: string;
}

/** What is particular about a resource whose objects are kept. */
export interface ResourceFacts extends ServedFacts {
  readonly storage?: ResourceDefinition['storage'];
  readonly encrypted?: boolean;
  /** Verbs the resource lacks. */
  readonly without?: readonly ResourceVerb[];
  readonly columns: readonly TableColumn[];
  readonly rules: ResourceRules;
}

/** Completes the facts of a resource whose objects are kept. */
export function defineResource(facts: ResourceFacts): ResourceDefinition {
  return Object.freeze<ResourceDefinition>({
    ...served(
      facts,
      ALL_VERBS.filter((verb) => facts.without?.includes(verb) !== true),
    ),
    storage: facts.storage ?? 'forever',
    encrypted: facts.encrypted ?? false,
    columns: facts.columns,
    rules: facts.rules,
  });
}

/** Completes the facts of a resource that is answered on the spot. */
export function defineAnswered(facts: ServedFacts & { readonly verbs: readonly ResourceVerb[] }): ServedResource {
  return Object.freeze(served(facts, facts.verbs));
}

function served(facts: ServedFacts, verbs: readonly ResourceVerb[]): ServedResource {
  const singular = facts.singular ?? facts.kind.toLowerCase();
  return {
    group: facts.group ?? '',
    version: facts.version ?? 'v1',
    kind: facts.kind,
    listKind: `${facts.kind}List`,
    resource: facts.resource ?? `${singular}s`,
    singular,
    shortNames: facts.shortNames ?? [],
    categories: facts.categories ?? [],
    namespaced: facts.namespaced ?? true,
    verbs,
    subresources: facts.subresources ?? [],
    schema: facts.schema ?? typeName(facts),
  };
}

function typeName({ group = '', version = 'v1', kind }: ServedFacts): string {
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

/** Streams and proxies, which Kubernetes calls connecting: their kind is the options in the query. */
export function connection(
  name: string,
  kind: string,
  verbs: SubresourceDefinition['verbs'] = ['create', 'get'],
): SubresourceDefinition {
  return { name, kind, verbs };
}

/** The `proxy` subresource: whatever is asked below it is passed on. */
export function proxyOf(kind: string): SubresourceDefinition {
  return connection('proxy', kind, ['create', 'delete', 'get', 'patch', 'update']);
}

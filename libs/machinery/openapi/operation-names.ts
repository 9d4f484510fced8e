import type { ServedResource } from '@taffrail/resources/definition';
import { fullName } from '@taffrail/resources/schema-text';
import type { ApiOperation, KindName, OperationAction } from './operation.ts';

/** What names an operation on a resource: its verb, and what it is narrowed to. */
export interface OperationName {
  /** `read`, `deleteCollection`, `connect`, … */
  readonly verb: string;
  /** Behind the kind: the subresource, `List`, `WithPath`. */
  readonly suffix?: string;
  /** In front of the kind: the HTTP method of a connection. */
  readonly method?: string;
  /** Whether it spans all namespaces of a namespaced resource. */
  readonly everywhere?: boolean;
}

/** What every operation on a resource says of itself. */
export function named(
  definition: ServedResource,
  action: OperationAction,
  name: OperationName,
  description: string,
  kind: KindName = kindOf(definition),
): Pick<ApiOperation, 'id' | 'description' | 'tag' | 'target'> {
  return {
    id: operationId(definition, name),
    description,
    tag: tagOf(definition),
    target: { action, kind },
  };
}

function kindOf({ group, version, kind }: ServedResource): KindName {
  return { group, version, kind };
}

/** E.g. `readCoreV1NamespacedPodStatus`; client generators name their functions after it. */
function operationId(
  { group, version, kind, namespaced }: ServedResource,
  { verb, suffix = '', method = '', everywhere = false }: OperationName,
): string {
  const place = `${groupName(group)}${capital(version)}`;
  const scope = namespaced && !everywhere ? 'Namespaced' : '';
  const target = `${scope}${kind}${suffix}${everywhere ? 'ForAllNamespaces' : ''}`;
  return verb === 'deleteCollection' ? `delete${place}Collection${target}` : `${verb}${place}${method}${target}`;
}

/** `core_v1`, `rbacAuthorization_v1`; without a version the group alone. */
export function tagOf({ group, version }: { readonly group: string; readonly version?: string }): string {
  const name = groupName(group);
  const tag = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  return version === undefined ? tag : `${tag}_${version}`;
}

/** `Core`, `Apps`, `RbacAuthorization`. */
export function groupName(group: string): string {
  if (group === '') return 'Core';
  return group
    .replace(/\.k8s\.io$/, '')
    .split('.')
    .map((part) => capital(part))
    .join('');
}

/** `a Pod`, `an Event`; kinds in the plural have none. */
export function withArticle(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

export function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** Full name of a built-in kind's type. */
export function typeName({ group, version, kind }: KindName): string {
  return fullName(`${group === '' ? 'core' : group.split('.', 1)[0]}.${version}.${kind}`);
}

/** Full name of a resource's list type. */
export function listTypeName(definition: ServedResource): string {
  return `${definition.schema.slice(0, definition.schema.lastIndexOf('.'))}.${definition.listKind}`;
}

import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from '@taffrail/resources/generated/types';
import { divided } from './quantity.ts';

/** What of the node a pod may see about itself. */
export interface NodeFacts {
  readonly name: string;
  readonly ip: string;
  readonly allocatable: Readonly<Record<string, string>>;
}

const quoted = (entries: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(entries ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join('\n');

/** A field of the pod as the downward API shows it; undefined for a path it does not offer. */
export function podField(
  pod: Pod,
  selector: Pick<ObjectFieldSelector, 'fieldPath'>,
  node: NodeFacts,
  podIps: readonly string[],
): string | undefined {
  const { metadata, spec } = pod;
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(selector.fieldPath);
  if (subscript !== null) {
    const entries = subscript[1] === 'labels' ? metadata.labels : metadata.annotations;
    return entries?.[subscript[2] ?? ''] ?? '';
  }
  switch (selector.fieldPath) {
    case 'metadata.name':
      return metadata.name ?? '';
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid ?? '';
    case 'metadata.labels':
      return quoted(metadata.labels);
    case 'metadata.annotations':
      return quoted(metadata.annotations);
    case 'spec.nodeName':
      return node.name;
    case 'spec.serviceAccountName':
      return spec?.serviceAccountName ?? '';
    case 'status.hostIP':
    case 'status.hostIPs':
      return node.ip;
    case 'status.podIP':
      return podIps[0] ?? '';
    case 'status.podIPs':
      return podIps.join(',');
    default:
      return undefined;
  }
}

/** A limit or request of a container; a missing limit shows what the node can give. */
export function resourceField(
  pod: Pod,
  selector: ResourceFieldSelector,
  container: Container | undefined,
  node: NodeFacts,
): string | undefined {
  const named = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])].find(
    ({ name }) => name === selector.containerName,
  );
  const target = selector.containerName === undefined || selector.containerName === '' ? container : named;
  const [kind, ...rest] = selector.resource.split('.');
  const name = rest.join('.');
  if (target === undefined || (kind !== 'limits' && kind !== 'requests')) return undefined;
  const { limits, requests } = target.resources ?? {};
  const value = kind === 'limits' ? (limits?.[name] ?? node.allocatable[name]) : (requests?.[name] ?? limits?.[name]);
  return divided(value, selector.divisor);
}

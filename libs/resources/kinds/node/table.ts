import type { Node } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age, NONE, orNone } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const nodeColumns = [
  NAME,
  narrow('Status', 'Whether the node is ready, and whether pods may be placed on it'),
  narrow('Roles', 'Roles the node was labelled with'),
  AGE,
  narrow('Version', 'Version the node agent reports'),
  wide('Internal-IP', 'Address inside the cluster'),
  wide('External-IP', 'Address reachable from outside'),
  wide('OS-Image', 'Operating system'),
  wide('Kernel-Version', 'Kernel'),
  wide('Container-Runtime', 'Container runtime and its version'),
] as const;

const ROLE_PREFIX = 'node-role.kubernetes.io/';
const ROLE_LABEL = 'kubernetes.io/role';

export function nodeCells(node: Given<Node>): readonly Cell[] {
  const system = node.status?.nodeInfo;
  return [
    node.metadata?.name ?? '',
    status(node),
    roles(node),
    age(node.metadata),
    system?.kubeletVersion ?? '',
    address(node, 'InternalIP'),
    address(node, 'ExternalIP'),
    orUnknown(system?.osImage),
    orUnknown(system?.kernelVersion),
    orUnknown(system?.containerRuntimeVersion),
  ];
}

function status(node: Given<Node>): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === 'Ready');
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word;
}

function roles(node: Given<Node>): string {
  const found = new Set<string>();
  for (const [label, value = ''] of Object.entries(node.metadata?.labels ?? {})) {
    const role = label.startsWith(ROLE_PREFIX) ? label.slice(ROLE_PREFIX.length) : label === ROLE_LABEL ? value : '';
    if (role !== '') found.add(role);
  }
  return orNone([...found].sort().join(','));
}

function address(node: Given<Node>, type: string): string {
  return node.status?.addresses?.find((one) => one.type === type)?.address ?? NONE;
}

function orUnknown(text: string | undefined): string {
  return text === undefined || text === '' ? '<unknown>' : text;
}

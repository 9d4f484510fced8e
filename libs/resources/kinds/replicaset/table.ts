import type { ReplicaSet } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age, selectorText } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const replicaSetColumns = [
  NAME,
  narrow('Desired', 'Pods wanted', 'integer'),
  narrow('Current', 'Pods there are', 'integer'),
  narrow('Ready', 'Pods that are ready', 'integer'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
  wide('Selector', 'Which pods belong to it'),
] as const;

export function replicaSetCells(set: Given<ReplicaSet>): readonly Cell[] {
  const containers = set.spec?.template?.spec?.containers ?? [];
  return [
    set.metadata?.name ?? '',
    set.spec?.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    age(set.metadata),
    containers.map((container) => container.name ?? '').join(','),
    containers.map((container) => container.image ?? '').join(','),
    selectorText(set.spec?.selector),
  ];
}

import type { Deployment } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age, selectorText } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const deploymentColumns = [
  NAME,
  narrow('Ready', 'Ready pods out of those wanted'),
  narrow('Up-to-date', 'Pods of the newest template'),
  narrow('Available', 'Pods ready for long enough to count'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
  wide('Selector', 'Which pods belong to it'),
] as const;

export function deploymentCells(deployment: Given<Deployment>): readonly Cell[] {
  const { spec, status } = deployment;
  const containers = spec?.template?.spec?.containers ?? [];
  return [
    deployment.metadata?.name ?? '',
    `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    status?.updatedReplicas ?? 0,
    status?.availableReplicas ?? 0,
    age(deployment.metadata),
    containers.map((container) => container.name ?? '').join(','),
    containers.map((container) => container.image ?? '').join(','),
    selectorText(spec?.selector),
  ];
}

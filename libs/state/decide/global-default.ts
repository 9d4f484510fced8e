import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { targetOf } from './drafting.ts';

const PRIORITY_CLASSES = { group: 'scheduling.k8s.io', resource: 'priorityclasses' } as const;

/** Pods that name no class have one class and no other: a second one of that kind is refused. */
export function globalDefaultRefusal(
  cluster: StateView,
  target: Target,
  name: string,
  object: KubeObject,
): Rejection | undefined {
  const { group, resource } = target.definition;
  if (group !== PRIORITY_CLASSES.group || resource !== PRIORITY_CLASSES.resource) return undefined;
  if (object['globalDefault'] !== true) return undefined;
  const other = cluster
    .list(PRIORITY_CLASSES, '')
    .find((one) => one.key.name !== name && one.contents()['globalDefault'] === true);
  if (other === undefined) return undefined;
  const why = `PriorityClass ${other.key.name} is already marked as default. Only one default can exist`;
  return forbidden(targetOf(target, name), why);
}

import type { Container, Pod } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { parsed } from '@taffrail/resources/kinds/pod/totals';
import { computeUsage } from './usage.ts';

/** Names that every container of a pod has to set where a quota limits them. */
const REQUIRED: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'requests.cpu',
  'requests.memory',
  'limits.cpu',
  'limits.memory',
]);

/** `cpu for: a,b; memory for: b`: what a pod leaves open of what a quota limits; '' when nothing. */
export function missingAmounts(limited: readonly string[], { spec = {} }: Given<Pod>): string {
  const whole = setNames(spec);
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
  return limited
    .filter((name) => REQUIRED.has(name) && !whole.has(name))
    .toSorted()
    .flatMap((name) => {
      const silent = containers.filter((one) => !setNames(one).has(name)).map((one) => one.name ?? '');
      return silent.length === 0 ? [] : [`${name} for: ${[...new Set(silent)].toSorted().join(',')}`];
    })
    .join('; ');
}

function setNames({ resources }: Pick<Given<Container>, 'resources'>): ReadonlySet<string> {
  return new Set(Object.keys(computeUsage(parsed(resources?.requests), parsed(resources?.limits))));
}

import type { FieldError } from '../../field-error.ts';
import type { Container, Pod, ResourceRequirements } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { child, forbidden, index, invalid, type Path } from '../../validation/field.ts';
import { equal } from '../strategy.ts';
import { isMirrorPod, keepAllBut } from './part-update.ts';
import { qosClass } from './qos.ts';

const LISTS = ['containers', 'initContainers'] as const;
const RESIZABLE = ['cpu', 'memory'] as const;

/** Through `resize` only what containers may use changes, and how they take such a change. In place. */
export function keepAllButSizes(next: Draft<Pod>, previous: Given<Pod>): void {
  // Other containers than before are for validation to refuse.
  if (orderFaults(next, previous).length > 0) return;
  const given = LISTS.map((list) => structuredClone(next.spec?.[list] ?? []));
  keepAllBut(next, previous);
  for (const [at, list] of LISTS.entries()) {
    for (const [place, container] of (next.spec?.[list] ?? []).entries()) {
      const wanted = given[at]?.[place];
      set(container, 'resources', wanted?.resources);
      set(container, 'resizePolicy', wanted?.resizePolicy);
    }
  }
}

function set<K extends 'resources' | 'resizePolicy'>(
  container: Draft<Container>,
  field: K,
  value: Draft<Container>[K],
): void {
  if (value === undefined) delete container[field];
  else container[field] = value;
}

/** CPU and memory of containers and sidecars may change, not be taken back, and not move the pod to another class. */
export function validateResize(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  if (isMirrorPod(previous)) return [forbidden('', 'static pods cannot be resized')];
  if (previous.spec?.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const order = orderFaults(next, previous);
  if (order.length > 0) return order;
  const errors: FieldError[] = [];
  const quality = qosClass(next);
  if (quality !== (previous.status?.qosClass ?? qosClass(previous))) {
    errors.push(invalid('spec', quality, 'Pod QOS Class may not change as a result of resizing'));
  }
  for (const list of LISTS) {
    for (const [at, old] of (previous.spec?.[list] ?? []).entries()) {
      const current = next.spec?.[list]?.[at]?.resources ?? {};
      const path = child(index(child('spec', list), at), 'resources');
      errors.push(...removalFaults(current, old.resources ?? {}, path));
      if (list === 'initContainers' && old.restartPolicy !== 'Always' && !equal(current, old.resources ?? {})) {
        errors.push(forbidden(path, 'resources for non-sidecar init containers are immutable'));
      }
    }
  }
  if (!LISTS.every((list) => equal(withoutSizes(next, list), withoutSizes(previous, list)))) {
    errors.push(forbidden('spec', 'only cpu and memory resources are mutable'));
  }
  return errors;
}

function orderFaults(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  return LISTS.flatMap((list) => {
    const [now, before] = [next.spec?.[list] ?? [], previous.spec?.[list] ?? []];
    const path = child('spec', list);
    if (now.length !== before.length) {
      return [forbidden(path, `${list} may not be added or removed on resize`)];
    }
    return now.flatMap((container, at) =>
      container.name === before[at]?.name
        ? []
        : [forbidden(child(index(path, at), 'name'), `${list} may not be renamed or reordered on resize`)],
    );
  });
}

function removalFaults(
  now: Given<ResourceRequirements>,
  before: Given<ResourceRequirements>,
  path: Path,
): readonly FieldError[] {
  return (['limits', 'requests'] as const).flatMap((field) =>
    Object.keys(before[field] ?? {}).some((name) => now[field]?.[name] === undefined)
      ? [forbidden(child(path, field), `resource ${field} cannot be removed`)]
      : [],
  );
}

/** A list of containers without what a resize may change. */
function withoutSizes(pod: Given<Pod>, list: (typeof LISTS)[number]): readonly Given<Container>[] {
  return (pod.spec?.[list] ?? []).map((container) => {
    const amounts = (field: 'limits' | 'requests'): Record<string, string | undefined> => {
      const kept = { ...container.resources?.[field] };
      for (const name of RESIZABLE) delete kept[name];
      return kept;
    };
    return {
      ...container,
      resources: { ...container.resources, limits: amounts('limits'), requests: amounts('requests') },
    };
  });
}

import type { FieldError } from '../../field-error.ts';
import type { Container, Pod, ResourceRequirements } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { child, forbidden, index, invalid, type Path } from '../../validation/field.ts';
import { equal } from '../strategy.ts';
import { isMirrorPod, keepAllBut } from './part-update.ts';
import { qosClass } from './qos.ts';
import { validateChangedPod } from './validate.ts';

const LISTS = ['containers', 'initContainers'] as const;
const RESIZABLE = ['cpu', 'memory'] as const;
type Resources = Given<ResourceRequirements> | undefined;

/** Through `resize` only what the pod and its containers may use changes, and how they take such a change. In place. */
export function keepAllButSizes(next: Draft<Pod>, previous: Given<Pod>): void {
  // Other containers than before are for validation to refuse.
  if (orderFaults(next, previous).length > 0) return;
  const ofPod = structuredClone(next.spec?.resources);
  const given = LISTS.map((list) => structuredClone(next.spec?.[list] ?? []));
  keepAllBut(next, previous);
  const spec = (next.spec ??= {});
  if (ofPod === undefined) delete spec.resources;
  else spec.resources = ofPod;
  for (const [at, list] of LISTS.entries()) {
    for (const [place, container] of (spec[list] ?? []).entries()) {
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

/** CPU and memory of the pod, its containers and sidecars may change, not be taken back, and not move it to another class. */
export function validateResize(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  if (isMirrorPod(previous)) return [forbidden('', 'static pods cannot be resized')];
  if (previous.spec?.os?.name === 'windows') return [forbidden('', 'windows pods cannot be resized')];
  const errors = [...validateChangedPod(next, previous)];
  if (qosClass(next) !== (previous.status?.qosClass ?? qosClass(previous))) {
    const shown = next.status?.qosClass ?? '';
    errors.push(invalid('spec', shown, 'Pod QOS Class may not change as a result of resizing'));
  }
  if (!nodeResizes(previous)) errors.push(forbidden('spec', 'Pod running on node without support for resize'));
  errors.push(...validateOfPod(next.spec?.resources, previous.spec?.resources));
  if ((previous.status?.nodeAllocatableResourceClaimStatuses ?? []).length > 0) {
    errors.push(forbidden('spec', 'pods with node allocatable resource claims cannot be resized'));
  }
  const order = orderFaults(next, previous);
  if (order.length > 0) return [...errors, ...order];
  return [...errors, ...removalFaults(next, previous), ...otherFaults(next, previous)];
}

/** A node agent that can resize says what its running containers have. */
function nodeResizes({ status = {} }: Given<Pod>): boolean {
  const running = status.containerStatuses?.find((one) => one.state?.running !== undefined);
  return running === undefined || running.resources !== undefined;
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

/** What is asked for the pod as a whole. */
function validateOfPod(now: Resources, before: Resources): readonly FieldError[] {
  if (before === undefined && now === undefined) return [];
  const path = 'spec.resources';
  if (now === undefined) return [forbidden(path, 'pod-level resources cannot be removed')];
  const errors: FieldError[] = [...removed(now, before ?? {}, path, 'pod-level resource')];
  if (equal(sizeless(now), sizeless(before))) return errors;
  return [...errors, forbidden('spec', 'only cpu and memory resources are mutable at pod-level')];
}

function removed(now: Resources, before: Resources, path: Path, what: string): readonly FieldError[] {
  return (['requests', 'limits'] as const).flatMap((field) =>
    Object.keys(before?.[field] ?? {}).some((name) => now?.[field]?.[name] === undefined)
      ? [forbidden(child(path, field), `${what} ${field} cannot be removed`)]
      : [],
  );
}

/** Containers that keep running may be resized; those that only prepare stay as they are. */
function isResizable(list: (typeof LISTS)[number], container: Given<Container>): boolean {
  return list === 'containers' || container.restartPolicy === 'Always';
}

function removalFaults(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  return LISTS.toReversed().flatMap((list) =>
    (previous.spec?.[list] ?? []).flatMap((old, at) => {
      if (!isResizable(list, old)) return [];
      const path = child(index(child('spec', list), at), 'resources');
      return removed(next.spec?.[list]?.[at]?.resources, old.resources, path, 'resource');
    }),
  );
}

function otherFaults(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  return LISTS.flatMap((list) =>
    (next.spec?.[list] ?? []).flatMap((container, at) => {
      const old = previous.spec?.[list]?.[at] ?? {};
      if (!isResizable(list, old)) {
        const isSame = equal(container, old);
        return isSame ? [] : [forbidden('spec', 'resources for non-sidecar init containers are immutable')];
      }
      if (equal(withoutSizes(container), withoutSizes(old))) return [];
      if (list === 'containers') return [forbidden('spec', 'only cpu and memory resources are mutable')];
      const path = index('spec.initContainers', at);
      return [forbidden(path, 'only cpu and memory resources for init or sidecar containers are mutable')];
    }),
  );
}

/** A container without what a resize may change of it. */
function withoutSizes(container: Given<Container>): JsonValue {
  return { ...container, resources: sizeless(container.resources) };
}

function sizeless(resources: Resources): JsonValue {
  const amounts = (field: 'limits' | 'requests'): Record<string, string | undefined> => {
    const kept = { ...resources?.[field] };
    for (const name of RESIZABLE) delete kept[name];
    return kept;
  };
  return { ...resources, limits: amounts('limits'), requests: amounts('requests') };
}

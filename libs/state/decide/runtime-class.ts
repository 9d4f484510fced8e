import { jsonEqual } from '@taffrail/machinery/json-walk';
import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import type { RuntimeClass } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { cloneJson, type JsonValue, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { targetOf } from './drafting.ts';
import { objectOf, textOf } from './metadata.ts';

const RUNTIME_CLASSES = { group: 'node.k8s.io', resource: 'runtimeclasses' } as const;

/** Gives a new pod what its runtime class asks for: overhead, nodes and tolerations. In place. */
export function admitRuntimeClass(
  cluster: StateView,
  target: Target,
  name: string,
  spec: MutableJsonObject,
): Rejection | undefined {
  const refused = (why: string): Rejection => forbidden(targetOf(target, name), why);
  const overhead = objectOf(spec, 'overhead');
  const className = textOf(spec, 'runtimeClassName');
  if (className === '') {
    const isEmpty = overhead === undefined || Object.keys(overhead).length === 0;
    return isEmpty ? undefined : refused(NO_OVERHEAD);
  }
  const found = cluster.get(RUNTIME_CLASSES, '', className);
  if (found === undefined) return refused(`pod rejected: RuntimeClass "${className}" not found`);
  const runtimeClass = found.contents() as Given<RuntimeClass>;
  const fixed = runtimeClass.overhead?.podFixed as JsonValue | undefined;
  if (overhead !== undefined && fixed === undefined) return refused(NO_OVERHEAD);
  if (overhead !== undefined && !jsonEqual(overhead, fixed ?? {})) return refused(OTHER_OVERHEAD);
  if (fixed !== undefined) spec['overhead'] = cloneJson(fixed);
  const conflict = addScheduling(runtimeClass.scheduling, spec);
  return conflict === undefined ? undefined : refused(conflict);
}

const NO_OVERHEAD = 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead';
const OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** Adds the class's node selector and tolerations; says so when the pod's own node selector contradicts. */
function addScheduling(scheduling: Given<RuntimeClass>['scheduling'], spec: MutableJsonObject): string | undefined {
  if (scheduling === undefined) return undefined;
  const own = (objectOf(spec, 'nodeSelector') ?? {}) as MutableJsonObject;
  const selector = (scheduling.nodeSelector ?? {}) as Readonly<Record<string, string>>;
  for (const [key, value] of Object.entries(selector)) {
    if (own[key] === undefined || own[key] === value) continue;
    return `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${textOf(own, key)}`;
  }
  if (Object.keys(selector).length > 0) spec['nodeSelector'] = { ...own, ...selector };
  const given = spec['tolerations'];
  const tolerations: MutableJson[] = Array.isArray(given) ? given : [];
  const added = (scheduling.tolerations ?? []) as unknown as readonly JsonValue[];
  const missing = added.filter((one) => !tolerations.some((other) => jsonEqual(other, one)));
  if (missing.length > 0) spec['tolerations'] = [...tolerations, ...(cloneJson(missing) as MutableJson[])];
  return undefined;
}

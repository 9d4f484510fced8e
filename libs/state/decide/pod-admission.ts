import type { Random } from '@taffrail/platform/random';
import type { Rejection } from '@taffrail/machinery/rejection';
import { isJsonObject, type JsonValue, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Target } from '../command.ts';
import type { StateView } from '../state-view.ts';
import { applyLimitDefaults } from './limit-range/defaults.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';
import { admitPriority, carryPriority } from './pod-priority.ts';
import { admitRuntimeClass } from './runtime-class.ts';
import { admitServiceAccount } from './service-account-admission.ts';

/**
 * What the API server adds to a new pod: defaults of limit ranges, its service account and
 * token volume, priority, what its runtime class asks for, default tolerations. In place.
 */
export function admitPod(
  cluster: StateView,
  target: Target,
  pod: WorkingObject,
  random: Random,
): Rejection | undefined {
  const spec = specOf(pod);
  applyLimitDefaults(cluster, target.namespace, pod);
  const refusal =
    admitServiceAccount(cluster, target, pod, spec, random) ??
    admitPriority(cluster, target, pod, spec) ??
    admitRuntimeClass(cluster, target, textOf(metadataOf(pod), 'name'), spec);
  if (refusal === undefined) addDefaultTolerations(spec);
  return refusal;
}

/** What it adds on an update, so that a client that leaves these out changes nothing. In place. */
export function admitPodUpdate(pod: WorkingObject, previous: KubeObject): void {
  const spec = specOf(pod);
  carryPriority(spec, objectOf(previous, 'spec'));
  addDefaultTolerations(spec);
}

function specOf(pod: WorkingObject): MutableJsonObject {
  const spec = pod['spec'];
  if (isJsonObject(spec)) return spec;
  const made: MutableJsonObject = {};
  pod['spec'] = made;
  return made;
}

/** How long a pod stays on a node that is not ready or out of reach. */
const TOLERATION_SECONDS = 300;

function addDefaultTolerations(spec: MutableJsonObject): void {
  const given = spec['tolerations'];
  const tolerations: MutableJson[] = Array.isArray(given) ? given : [];
  const missing = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'].filter(
    (taint) => !tolerations.some((toleration) => toleratesNoExecute(toleration, taint)),
  );
  if (missing.length === 0) return;
  spec['tolerations'] = [
    ...tolerations,
    ...missing.map((key) => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: TOLERATION_SECONDS,
    })),
  ];
}

function toleratesNoExecute(toleration: JsonValue, taint: string): boolean {
  if (!isJsonObject(toleration)) return false;
  const { key = '', effect = '' } = toleration;
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '');
}

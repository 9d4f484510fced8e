import { invalid, conflict, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { RequestKind } from '@taffrail/log/event';
import { cloneJson, isJsonObject, type JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command, DecisionContext, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Decision } from './decision.ts';
import { requestKind, targetOf } from './drafting.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';
import { replaceObject } from './update.ts';
import type { DecideState } from './state.ts';

type UpdateCommand = Extract<Command, { type: 'update' }>;

/** The `autoscaling/v1` Scale of a workload (with or without resourceVersion). Pure; the `scale` subresource reads as this. */
export function scaleOf(workload: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = workload.metadata;
  const replicas = objectOf(workload, 'spec')?.['replicas'];
  const current = objectOf(workload, 'status')?.['replicas'];
  const selector = selectorText(selectorOf(workload));
  const scale: JsonObject = {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      namespace,
      uid,
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      creationTimestamp,
    },
    spec: typeof replicas === 'number' && replicas !== 0 ? { replicas } : {},
    status: { replicas: typeof current === 'number' ? current : 0, ...(selector === '' ? {} : { selector }) },
  };
  return scale as KubeObject;
}

/** Decides an update of the `scale` subresource: a change of `spec.replicas`, answered as a Scale. */
export function decideScale(state: DecideState, command: UpdateCommand, context: DecisionContext): Decision {
  const { target } = command;
  const present = state.own.get(target.definition, target.namespace, target.name);
  if (present === undefined) return notFound(targetOf(target));
  return replaceScale(state, target, present, command.object, context, requestKind(command, context));
}

/** Puts a Scale's replicas into its workload. */
export function replaceScale(
  state: DecideState,
  target: Target,
  present: LiveObject,
  scale: KubeObject,
  context: DecisionContext,
  request: RequestKind,
): Decision {
  const refusal = scaleRefusal(target, present, scale);
  if (refusal !== undefined) return refusal;
  const object = cloneJson(present.contents()) as WorkingObject;
  const spec = isJsonObject(object['spec']) ? object['spec'] : {};
  object['spec'] = { ...spec, replicas: replicasOf(scale) };
  const resourceVersion = textOf(objectOf(scale, 'metadata'), 'resourceVersion');
  if (resourceVersion !== '') metadataOf(object)['resourceVersion'] = resourceVersion;
  // The workload's own rules apply as to any update of it; only its replicas differ.
  return replaceObject(state, {
    target: { ...target, subresource: '' },
    present,
    object: object as unknown as KubeObject,
    context,
    request,
    managedAs: 'scale',
    view: scaleOf,
  });
}

/** Refuses a Scale that cannot be: of less than no replicas, or of another object. */
export function scaleRefusal(target: Target, present: LiveObject, scale: JsonObject): Rejection | undefined {
  const replicas = replicasOf(scale);
  if (replicas < 0) {
    return invalid({ group: 'autoscaling', kind: 'Scale', name: target.name }, [
      {
        type: 'FieldValueInvalid',
        field: 'spec.replicas',
        message: `Invalid value: ${replicas}: must be greater than or equal to 0`,
        value: replicas,
      },
    ]);
  }
  const uid = textOf(objectOf(scale, 'metadata'), 'uid');
  if (uid === '' || uid === present.uid) return undefined;
  const { group, resource } = target.definition;
  return conflict(
    { group, resource: `${resource}/scale`, name: target.name },
    `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present.uid}`,
  );
}

function replicasOf(scale: JsonObject): number {
  const replicas = objectOf(scale, 'spec')?.['replicas'];
  return typeof replicas === 'number' ? replicas : 0;
}

/** What a workload selects by; replication controllers, older than selectors, name nothing but labels. */
function selectorOf(workload: KubeObject): JsonObject | undefined {
  const selector = objectOf(objectOf(workload, 'spec'), 'selector');
  return workload.kind === 'ReplicationController' && selector !== undefined ? { matchLabels: selector } : selector;
}

/** A label selector as one line: `app=x,tier in (a,b)`. */
function selectorText(selector: JsonObject | undefined): string {
  if (selector === undefined) return '';
  const parts: { readonly key: string; readonly text: string }[] = [];
  for (const [key, value] of Object.entries(objectOf(selector, 'matchLabels') ?? {})) {
    parts.push({ key, text: `${key}=${value as string}` });
  }
  const expressions = selector['matchExpressions'];
  for (const expression of Array.isArray(expressions) ? (expressions as readonly JsonObject[]) : []) {
    parts.push({ key: textOf(expression, 'key'), text: expressionText(expression) });
  }
  return parts
    .sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0))
    .map((part) => part.text)
    .join(',');
}

function expressionText(expression: JsonObject): string {
  const key = textOf(expression, 'key');
  const given = expression['values'];
  const values = (Array.isArray(given) ? (given as readonly string[]) : []).toSorted().join(',');
  switch (textOf(expression, 'operator')) {
    case 'In':
      return `${key} in (${values})`;
    case 'NotIn':
      return `${key} notin (${values})`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      return key;
  }
}

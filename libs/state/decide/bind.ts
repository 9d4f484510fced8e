import { rfc3339Seconds } from '@taffrail/platform/clock';
import { badRequest, conflict, invalid, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import {
  cloneJson,
  isJsonObject,
  type JsonObject,
  type MutableJson,
  type MutableJsonObject,
} from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { notSupported, required } from '@taffrail/resources/validation/field';
import type { Command, DecisionContext, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Decision } from './decision.ts';
import { decided, draftOf, requestKind, targetOf } from './drafting.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';
import { namespaceRefusal } from './namespace-lifecycle.ts';
import type { DecideState } from './state.ts';

type CreateCommand = Extract<Command, { type: 'create' }>;

/** Decides `pods/binding`: which node a pod runs on, once and for all. The answer's object is the pod. */
export function decideBind(state: DecideState, command: CreateCommand, context: DecisionContext): Decision {
  const { target, object: binding } = command;
  const refusal =
    namespaceRefusal(state.cluster, target.namespace, targetOf(target)) ?? bindingRefusal(target, binding);
  if (refusal !== undefined) return refusal;
  const present = state.own.get(target.definition, target.namespace, target.name);
  if (present === undefined) return notFound(targetOf(target));
  const pod = cloneJson(present.contents()) as WorkingObject;
  const problem = bindingConflict(target, binding, present);
  if (problem !== undefined) return problem;
  pod['spec'] = {
    ...(objectOf(pod, 'spec') as MutableJsonObject),
    nodeName: textOf(objectOf(binding, 'target'), 'name'),
  };
  mergeMetadata(metadataOf(pod), binding, 'annotations');
  mergeMetadata(metadataOf(pod), binding, 'labels');
  markScheduled(pod, context.nowMs);
  const draft = draftOf('updated', target.definition, pod, present, context, requestKind(command, context));
  return decided(draft, context);
}

function bindingRefusal(target: Target, binding: KubeObject): Rejection | undefined {
  const name = textOf(objectOf(binding, 'metadata'), 'name');
  if (name !== '' && name !== target.name) return badRequest('name in URL does not match name in Binding object');
  const node = objectOf(binding, 'target');
  const kind = textOf(node, 'kind');
  const aim = { group: '', kind: 'Binding', name: target.name };
  const errors: FieldError[] = [];
  if (kind !== '' && kind !== 'Node') errors.push(notSupported('target.kind', kind, ['Node', '<empty>']));
  if (textOf(node, 'name') === '') errors.push(required('target.name'));
  return errors.length === 0 ? undefined : invalid(aim, errors);
}

function bindingConflict(target: Target, binding: KubeObject, present: LiveObject): Rejection | undefined {
  const conflicts = (why: string): Rejection =>
    conflict({ group: '', resource: 'pods/binding', name: target.name }, why);
  const metadata = objectOf(binding, 'metadata');
  const uid = textOf(metadata, 'uid');
  const resourceVersion = textOf(metadata, 'resourceVersion');
  if (uid !== '' && uid !== present.uid) {
    return conflicts(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present.uid}`);
  }
  if (resourceVersion !== '' && resourceVersion !== String(present.revision)) {
    return conflicts(
      `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${present.revision}`,
    );
  }
  if (present.deleting) return conflicts(`pod ${target.name} is being deleted, cannot be assigned to a host`);
  const spec = objectOf(present.contents(), 'spec');
  const node = textOf(spec, 'nodeName');
  if (node !== '') return conflicts(`pod ${target.name} is already assigned to node ${JSON.stringify(node)}`);
  const gates = spec?.['schedulingGates'];
  if (Array.isArray(gates) && gates.length > 0)
    return conflicts(`pod ${target.name} has non-empty .spec.schedulingGates`);
  return undefined;
}

function mergeMetadata(metadata: MutableJsonObject, binding: KubeObject, field: 'annotations' | 'labels'): void {
  const given = objectOf(objectOf(binding, 'metadata'), field);
  if (given === undefined || Object.keys(given).length === 0) return;
  metadata[field] = {
    ...(metadata[field] as MutableJsonObject | undefined),
    ...(cloneJson(given) as MutableJsonObject),
  };
}

/** Sets the PodScheduled condition; the time of a condition that was true already stays. */
function markScheduled(pod: WorkingObject, nowMs: number): void {
  const status = { ...(objectOf(pod, 'status') as MutableJsonObject | undefined) };
  const given = status['conditions'];
  const conditions: MutableJson[] = Array.isArray(given) ? given : [];
  const isScheduled = (condition: MutableJson): boolean =>
    isJsonObject(condition) && (condition as JsonObject)['type'] === 'PodScheduled';
  const condition: MutableJsonObject = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: rfc3339Seconds(nowMs),
  };
  // The place that was promised is taken, or another one is.
  delete status['nominatedNodeName'];
  const at = conditions.findIndex(isScheduled);
  status['conditions'] = at === -1 ? [...conditions, condition] : conditions.with(at, condition);
  pod['status'] = status;
}

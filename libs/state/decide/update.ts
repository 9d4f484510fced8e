import { jsonEqual, sharing } from '@taffrail/machinery/json-walk';
import { invalid, isRejection, notFound } from '@taffrail/machinery/rejection';
import type { RequestKind } from '@taffrail/log/event';
import type { ManagedFieldsEntry } from '@taffrail/resources/generated/types';
import { cloneJson, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command, DecisionContext, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import { randomOf } from '../seed.ts';
import { dateVerdicts } from './certificate-admission.ts';
import { createObject, permitted } from './create.ts';
import type { Decision, ObjectView } from './decision.ts';
import { leavesManagers, manageFields, setManagedFields } from './field-managers.ts';
import { decided, draftOf, isCore, requestKind, targetOf, unchanged } from './drafting.ts';
import { adminAccessErrors, dateTaints } from './device-admission.ts';
import { globalDefaultRefusal } from './global-default.ts';
import {
  asKubeObject,
  carrySystemMetadata,
  finalizersOf,
  metadataOf,
  objectOf,
  type WorkingObject,
} from './metadata.ts';
import { limitRefusal } from './limit-range/refusal.ts';
import { admitPodUpdate } from './pod-admission.ts';
import { revisionConflict, updateUidConflict, withoutRevision } from './preconditions.ts';
import { chargeQuotas } from './quota/charge.ts';
import { settleQuota } from './quota/settle.ts';
import { serviceAddresses } from './service-addresses.ts';
import { allocateService } from './service-allocation.ts';
import type { DecideState } from './state.ts';
import { unreadableErrors } from './unreadable.ts';

type UpdateCommand = Extract<Command, { type: 'update' }>;

/** Decides an update of a resource or of its status or finalizers. */
export function decideUpdate(state: DecideState, command: UpdateCommand, context: DecisionContext): Decision {
  const { target, object } = command;
  const present = state.own.get(target.definition, target.namespace, target.name);
  if (present === undefined) return decideCreateByUpdate(state, command, context);
  const refusal = updateUidConflict(target, object, present);
  if (refusal !== undefined) return refusal;
  return replaceObject(state, { target, present, object, context, request: requestKind(command, context) });
}

/** Resources of which an update of what is not there creates it, as Kubernetes has it for each. */
const CREATED_BY_UPDATE: ReadonlySet<string> = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leasecandidates',
  'coordination.k8s.io/leases',
  'node.k8s.io/runtimeclasses',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
]);

/**
 * Decides an update of what is not there: a create, for the kinds that are created so and a caller that may create them.
 * A uid asks for the one object that had it, which is gone; a resourceVersion asks for nothing, as in Kubernetes.
 */
function decideCreateByUpdate(state: DecideState, command: UpdateCommand, context: DecisionContext): Decision {
  const { target, object, creation } = command;
  const { group, resource } = target.definition;
  const creates = target.subresource === '' && CREATED_BY_UPDATE.has(`${group}/${resource}`);
  if (creation === undefined || !creates) return notFound(targetOf(target));
  const refusal = updateUidConflict(target, object, undefined);
  if (refusal !== undefined) return refusal;
  const fresh = withoutRevision(object);
  if (isRejection(fresh)) return fresh;
  const request = requestKind(command, context);
  return permitted(createObject(state, { target, object: fresh, context, request }), target, creation);
}

/** One object about to take another's place. */
export interface Replacement {
  readonly target: Target;
  readonly present: LiveObject;
  /** What the client wants it to be; its resourceVersion, when set, must be the present one's. Not changed. */
  readonly object: KubeObject;
  readonly context: DecisionContext;
  readonly request: RequestKind;
  readonly view?: ObjectView;
  /** The managedFields, when an apply settled them; else they follow from what changed. */
  readonly managed?: readonly ManagedFieldsEntry[];
  /** The subresource whose field managers these are, when it is not the target's. */
  readonly managedAs?: string;
}

/** The common end of update and patch: carries over, defaults, validates, and sees whether anything changed at all. */
export function replaceObject(state: DecideState, replacement: Replacement): Decision {
  const { target, present, context, request } = replacement;
  const { definition, subresource } = target;
  const { rules } = definition;
  const view = replacement.view === undefined ? {} : { view: replacement.view };
  const refusal = revisionConflict(target, replacement.object, present);
  if (refusal !== undefined) return refusal;

  const previous = present.contents();
  const { managedFields: given, ...metadata } = replacement.object.metadata as JsonObject;
  const next = cloneJson({ ...replacement.object, metadata }) as WorkingObject;
  carrySystemMetadata(metadataOf(next), previous);
  rules.applyDefaults(next);
  dateTaints(target, next, context.nowMs);
  if (isCore(target, 'pods') && subresource === '') admitPodUpdate(next, previous);
  rules.prepareForUpdate(next, previous, subresource);
  settleQuota(state, target, next);
  dateVerdicts(target, next, previous, context.nowMs);
  // Addresses are still to be allocated in a Service's spec; of everything else nothing but metadata changes any more.
  const isSettled = !isCore(target, 'services') || subresource !== '';
  if (isSettled) shareUnchanged(next, previous);
  const checked = asKubeObject(next);
  const { rules: asked } = target.served ?? definition;
  const errors = [
    ...adminAccessErrors(state.cluster, target, checked, previous),
    ...asked.validateUpdate(checked, previous, subresource),
    ...unreadableErrors(checked, previous),
  ];
  if (errors.length > 0) return invalid(targetOf(target), errors);
  const second = globalDefaultRefusal(state.cluster, target, target.name, checked);
  if (second !== undefined) return second;
  const charge = { target, name: target.name, before: previous, after: asKubeObject(next) };
  const limited = limitRefusal(state.cluster, charge);
  if (limited !== undefined) return limited;
  if (isCore(target, 'services') && subresource === '') {
    const allocation = allocateService(state, target, next, present, randomOf(context.seed));
    if (allocation !== undefined) return allocation;
  }

  next['kind'] = previous.kind;
  next['apiVersion'] = previous.apiVersion;
  const manage = { ...target, subresource: replacement.managedAs ?? subresource };
  if (replacement.managed !== undefined) {
    setManagedFields(next, replacement.managed as unknown as JsonValue);
  } else {
    // As if nobody's ownership changed: whatever is the same then is no change at all.
    setManagedFields(next, previous.metadata.managedFields as unknown as JsonValue | undefined);
    const isSame = leavesManagers(given, previous, manage.subresource) && jsonEqual(asKubeObject(next), previous);
    if (!isSame) manageFields(manage, next, previous, given, context);
  }
  const warnings = rules.warnings(asKubeObject(next), previous, subresource);
  const isGone = finishesDeletion(next, present);
  if (!isGone && jsonEqual(asKubeObject(next), previous)) return unchanged(present, { warnings, ...view });
  const charged = chargeQuotas(state, [{ ...charge, after: isGone ? undefined : charge.after }], context);
  if (isRejection(charged)) return charged;
  const draft = draftOf(isGone ? 'deleted' : 'updated', definition, next, present, context, request);
  const also = [...serviceAddresses(state, [draft], context), ...charged];
  return decided(draft, context, { warnings, also, ...view });
}

/** Takes over from the object as it was what is the same, but for the containers that are still written to. */
function shareUnchanged(next: WorkingObject, previous: KubeObject): void {
  for (const name of Object.keys(next)) {
    const member = next[name];
    if (name !== 'metadata' && member !== undefined) next[name] = sharing(member, previous[name]);
  }
  const metadata = metadataOf(next);
  const before = previous.metadata as JsonObject;
  for (const name of Object.keys(metadata)) {
    const member = metadata[name];
    if (member !== undefined) metadata[name] = sharing(member, before[name]);
  }
}

/** Whether an update took away the last thing an object's deletion was waiting for. */
function finishesDeletion(next: WorkingObject, present: LiveObject): boolean {
  if (!present.deleting || finalizersOf(next).length > 0) return false;
  const { group, resource } = present.key;
  if (group === '' && resource === 'namespaces') {
    const finalizers = objectOf(next, 'spec')?.['finalizers'];
    return !Array.isArray(finalizers) || finalizers.length === 0;
  }
  return present.contents().metadata.deletionGracePeriodSeconds === 0;
}

import type { Uid } from '@taffrail/platform/brand';
import { generatedName, newUid, type Random } from '@taffrail/platform/random';
import { limits } from '@taffrail/platform/limits';
import { alreadyExists, forbidden, invalid, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { RequestKind } from '@taffrail/log/event';
import type { ManagedFieldsEntry } from '@taffrail/resources/generated/types';
import { cloneJson, type JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command, Creation, DecisionContext, Target } from '../command.ts';
import { randomOf } from '../seed.ts';
import type { StateView } from '../state-view.ts';
import type { Decision } from './decision.ts';
import { adminAccessErrors, dateTaints } from './device-admission.ts';
import { manageFields, setManagedFields } from './field-managers.ts';
import { decided, draftOf, isCore, requestKind, targetOf } from './drafting.ts';
import { asKubeObject, fillSystemMetadata, metadataOf, textOf, type WorkingObject } from './metadata.ts';
import { withDefaultServiceAccount } from './namespace-content.ts';
import { namespaceRefusal } from './namespace-lifecycle.ts';
import { admit } from './admission.ts';
import { globalDefaultRefusal } from './global-default.ts';
import { limitRefusal } from './limit-range/refusal.ts';
import { chargeQuotas } from './quota/charge.ts';
import { serviceAddresses } from './service-addresses.ts';
import { allocateService } from './service-allocation.ts';
import type { DecideState } from './state.ts';
import { unreadableErrors } from './unreadable.ts';

type CreateCommand = Extract<Command, { type: 'create' }>;

/** Decides a create of the resource itself. */
export function decideCreate(state: DecideState, command: CreateCommand, context: DecisionContext): Decision {
  const { target, object, uid } = command;
  const chosen = uid === undefined ? {} : { uid };
  return createObject(state, { target, object, context, request: requestKind(command, context), ...chosen });
}

/** An object about to be. */
export interface NewObject {
  readonly target: Target;
  /** Not changed. */
  readonly object: KubeObject;
  readonly context: DecisionContext;
  readonly request: RequestKind;
  /** Its managedFields, when it comes from an apply, which settles them; else they follow from what is created. */
  readonly managed?: readonly ManagedFieldsEntry[];
  /** A new one unless it is given. */
  readonly uid?: Uid;
}

/** The common end of create and of an apply of what is not there yet: defaults, admission, validation, allocation. */
export function createObject(state: DecideState, creation: NewObject): Decision {
  const { target, context } = creation;
  const { definition } = target;
  const random = randomOf(context.seed);
  const object = cloneJson(creation.object) as WorkingObject;
  const metadata = metadataOf(object);
  const givenVersion = textOf(metadata, 'resourceVersion');

  const name = nameFor(state.own, target, metadata, random);
  if (isRejection(name)) return name;
  const { uid = newUid(random) } = creation;
  fillSystemMetadata(metadata, { namespace: target.namespace, name, uid, nowMs: context.nowMs });
  definition.rules.applyDefaults(object);
  dateTaints(target, object, context.nowMs);

  if (definition.namespaced && context.system !== true) {
    const refusal = namespaceRefusal(state.cluster, target.namespace, targetOf(target, name));
    if (refusal !== undefined) return refusal;
  }
  const admission = admit(state, target, object, context, random);
  if (admission !== undefined) return admission;

  definition.rules.prepareForCreate(object);
  const checked = asKubeObject(object);
  const errors = [
    ...adminAccessErrors(state.cluster, target, checked),
    ...(target.served ?? definition).rules.validateCreate(checked),
    ...unreadableErrors(checked, undefined),
  ];
  if (errors.length > 0) return invalid(targetOf(target, name), errors);
  if (givenVersion !== '' && givenVersion !== '0') return versionOnCreate();
  const second = globalDefaultRefusal(state.cluster, target, name, checked);
  if (second !== undefined) return second;
  const charge = { target, name, before: undefined, after: asKubeObject(object) };
  const charged = limitRefusal(state.cluster, charge) ?? chargeQuotas(state, [charge], context);
  if (isRejection(charged)) return charged;
  if (state.own.get(definition, target.namespace, name) !== undefined) return alreadyExists(targetOf(target, name));
  const full = capacityRefusal(state.own, target, name);
  if (full !== undefined) return full;
  const allocation = isCore(target, 'services') ? allocateService(state, target, object, undefined, random) : undefined;
  if (allocation !== undefined) return allocation;

  if (creation.managed === undefined) manageFields(target, object, undefined, undefined, context);
  else setManagedFields(object, creation.managed as unknown as JsonValue);
  const draft = draftOf('created', definition, object, undefined, context, creation.request);
  return decided(draft, context, {
    warnings: definition.rules.warnings(draft.contents),
    also: [
      ...withDefaultServiceAccount(state, draft, context, random),
      ...serviceAddresses(state, [draft], context, random),
      ...charged,
    ],
  });
}

/** A create that another verb came to, for a caller who may create; what is wrong with the object is told before that. */
export function permitted(decision: Decision, target: Target, creation: Creation): Decision {
  if (creation.allowed || (isRejection(decision) && decision.reason === 'Invalid')) return decision;
  return forbidden(targetOf(target), creation.why);
}

/** How often Kubernetes tries to find a name that is free. */
const GENERATE_ATTEMPTS_COUNT = 8;

/** The name to create under; '' when the object has none, for validation to refuse. */
function nameFor(state: StateView, target: Target, metadata: WorkingObject, random: Random): string | Rejection {
  const given = target.name === '' ? textOf(metadata, 'name') : target.name;
  const base = textOf(metadata, 'generateName');
  if (given !== '' || base === '') return given;
  let name = '';
  for (let attempt = 0; attempt < GENERATE_ATTEMPTS_COUNT; attempt++) {
    name = generatedName(base, random);
    if (state.get(target.definition, target.namespace, name) === undefined) return name;
  }
  const taken = alreadyExists(targetOf(target, name));
  return {
    ...taken,
    message: `${taken.message}, the server was not able to generate a unique name for the object`,
    details: { ...taken.details, retryAfterSeconds: 1 },
  };
}

/** The API server answers this with a bare 500. */
function versionOnCreate(): Rejection {
  return {
    rejected: true,
    reason: '',
    code: 500,
    message: 'resourceVersion should not be set on objects to be created',
  };
}

function capacityRefusal(state: StateView, target: Target, name: string): Rejection | undefined {
  if (state.objectsCount >= limits.liveObjectsCount) {
    return forbidden(targetOf(target, name), `this server holds the ${limits.liveObjectsCount} objects it may hold`);
  }
  if (state.objectsBytes >= limits.liveObjectsBytes) {
    return forbidden(
      targetOf(target, name),
      `this server holds the ${limits.liveObjectsBytes} bytes of objects it may hold`,
    );
  }
  return undefined;
}

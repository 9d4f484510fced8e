import { isRejection, notFound } from '@taffrail/machinery/rejection';
import type { Command, DecisionContext, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Decision } from './decision.ts';
import { deleteObject } from './delete-object.ts';
import { isCore, requestKind, targetOf } from './drafting.ts';
import { immortalNamespace } from './namespace-lifecycle.ts';
import { deletePreconditionConflict } from './preconditions.ts';
import { type Charge, chargeQuotas } from './quota/charge.ts';
import { serviceAddresses } from './service-addresses.ts';
import type { DecideState } from './state.ts';

type DeleteCommand = Extract<Command, { type: 'delete' }>;

/** Decides the deletion of one object: gone at once, or marked and waiting for its grace period or finalizers. */
export function decideDelete(state: DecideState, command: DeleteCommand, context: DecisionContext): Decision {
  const { target, options } = command;
  if (isCore(target, 'namespaces') && context.system !== true) {
    const refusal = immortalNamespace(target.name);
    if (refusal !== undefined) return refusal;
  }
  const present = state.own.get(target.definition, target.namespace, target.name);
  if (present === undefined) return notFound(targetOf(target));
  const refusal = deletePreconditionConflict(target, options, present);
  if (refusal !== undefined) return refusal;
  const decision = deleteObject(target, present, options, context, requestKind(command, context));
  if (decision.drafts[0]?.verb !== 'deleted') return decision;
  const released = chargeQuotas(state, [releaseOf(target, present)], context);
  if (isRejection(released)) return released;
  const { drafts } = decision;
  return { ...decision, drafts: [...drafts, ...serviceAddresses(state, drafts, context), ...released] };
}

/** What the quotas of its namespace get back of an object that goes. */
export function releaseOf(target: Target, present: LiveObject): Charge {
  return { target, name: present.key.name, before: present.contents(), after: undefined };
}

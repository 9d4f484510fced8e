import { badRequest, isRejection, notFound } from '@taffrail/machinery/rejection';
import type { Command, DecisionContext, DeleteOptions } from '../command.ts';
import type { Decision } from './decision.ts';
import { decideDelete } from './delete.ts';
import { spendBudget } from './disruption-budget.ts';
import { targetOf } from './drafting.ts';
import { objectOf, textOf } from './metadata.ts';
import type { DecideState } from './state.ts';

type CreateCommand = Extract<Command, { type: 'create' }>;

/**
 * Decides `pods/eviction`: the deletion of a pod, unless its disruption budget forbids it. The budget is taken from in the
 * same commit as the pod is deleted, so that of many evictions at once no more are let through than it allows, and none
 * is spent on a deletion that fails.
 */
export function decideEvict(state: DecideState, command: CreateCommand, context: DecisionContext): Decision {
  const { object } = command;
  const target = { ...command.target, subresource: '' };
  if (textOf(objectOf(object, 'metadata'), 'name') !== target.name) {
    return badRequest('name in URL does not match name in Eviction object');
  }
  const present = state.own.get(target.definition, target.namespace, target.name);
  if (present === undefined) return notFound(targetOf(target));
  const spent = spendBudget(state, present, context);
  if (isRejection(spent)) return spent;
  const options = (object['deleteOptions'] ?? {}) as DeleteOptions;
  const decision = decideDelete(state, { type: 'delete', target, options }, context);
  if (isRejection(decision) || spent === undefined || context.dryRun) return decision;
  return { ...decision, drafts: [...decision.drafts, spent] };
}

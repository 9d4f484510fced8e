import { rfc3339Seconds } from '@taffrail/platform/clock';
import { encodeObject } from '@taffrail/log/object-bytes';
import { badRequest, isRejection, notFound } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { Command, DecisionContext, DeleteOptions } from '../command.ts';
import type { Decision, Draft } from './decision.ts';
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
  if (isRejection(decision)) return decision;
  const [pod, ...released] = decision.drafts;
  if (pod === undefined) return decision;
  return { ...decision, drafts: [evicted(pod, context.nowMs), ...released, ...(spent === undefined ? [] : [spent])] };
}

const TARGET = 'DisruptionTarget';

/** The pod with the condition by which others tell an eviction from a failure of its own. */
function evicted(draft: Draft, nowMs: number): Draft {
  const status = objectOf(draft.contents, 'status') ?? {};
  const given = status['conditions'];
  const conditions = Array.isArray(given) ? (given as readonly JsonObject[]) : [];
  const before = conditions.find(({ type }) => type === TARGET);
  const condition: JsonObject = {
    type: TARGET,
    status: 'True',
    lastProbeTime: null,
    lastTransitionTime: before?.['status'] === 'True' ? before['lastTransitionTime'] : rfc3339Seconds(nowMs),
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  const others = conditions.filter((one) => one !== before);
  const contents = { ...draft.contents, status: { ...status, conditions: [...others, condition] } };
  return { ...draft, contents, stored: encodeObject(contents) };
}

import { assert } from '@taffrail/platform/assert';
import { forbidden, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { cloneJson, type JsonObject } from '@taffrail/resources/json';
import { plus } from '@taffrail/resources/kinds/pod/totals';
import type { DecisionContext, Target } from '../../command.ts';
import type { Draft } from '../decision.ts';
import { draftOf, targetOf } from '../drafting.ts';
import type { WorkingObject } from '../metadata.ts';
import type { DecideState } from '../state.ts';
import { SYSTEM_ACTOR } from '../system-actor.ts';
import { missingAmounts } from './constraints.ts';
import {
  amountsText,
  countUsage,
  difference,
  type Quota,
  quotasOf,
  quotaStatus,
  RESOURCE_QUOTAS,
  usageUnder,
} from './quotas.ts';
import { isInScope } from './scopes.ts';
import type { Usage } from './usage.ts';

/** One object's change as quotas see it: undefined where it is not there. */
export interface Charge {
  readonly target: Target;
  readonly name: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

/**
 * Holds changes against the quotas of their namespace, and keeps these: each quota they touch is updated in the same
 * transaction, so that at every revision `status.used` is what the live objects come to. There is no moment in which a
 * limit is overrun, whatever else stands in the same commit, and what a deletion gives back is there at once.
 *
 * It costs what the namespace's quotas cost, not its objects: a lookup where there is none, else one event for each
 * quota whose usage changes. Objects are counted only for a quota that is new or whose limits changed.
 *
 * `charges` are of one namespace, at most one for each object.
 */
export function chargeQuotas(
  state: DecideState,
  charges: readonly Charge[],
  context: DecisionContext,
): readonly Draft[] | Rejection {
  const [first] = charges;
  if (first === undefined || !isKept(first.target)) return [];
  const { namespace } = first.target;
  const quotas = quotasOf(state.cluster, namespace).filter(({ live }) => !isAbout(charges, live.key.name));
  if (quotas.length === 0) return [];
  for (const charge of charges) {
    const refusal = context.system === true ? undefined : missingRefusal(quotas, charge);
    if (refusal !== undefined) return refusal;
  }
  const drafts: Draft[] = [];
  for (const quota of quotas) {
    const draft = chargeQuota(state, quota, charges, context);
    if (isRejection(draft)) return draft;
    if (draft !== undefined) drafts.push(draft);
  }
  return drafts;
}

/** Quotas count what is kept for ever; Events and Leases live in logs of their own. */
function isKept({ definition, namespace }: Target): boolean {
  return definition.namespaced && namespace !== '' && definition.storage === 'forever';
}

/** A quota that is itself changed here is settled when its change is. */
function isAbout(charges: readonly Charge[], quota: string): boolean {
  return charges.some(
    ({ target: { definition }, name }) =>
      name === quota && definition.group === '' && definition.resource === RESOURCE_QUOTAS.resource,
  );
}

function chargeQuota(
  state: DecideState,
  quota: Quota,
  charges: readonly Charge[],
  context: DecisionContext,
): Draft | Rejection | undefined {
  const counted = (): Usage => countUsage(state.cluster, quota.live.key.namespace, quota);
  const used = usedAfter(quota, quota.used ?? counted(), charges, context);
  if (used === undefined || isRejection(used)) return used;
  if (!isNegative(used)) return quotaDraft(state, quota, used, context);
  // What cannot be was written by hand once: count.
  const corrected = usedAfter(quota, counted(), charges, context);
  if (corrected === undefined || isRejection(corrected)) return corrected;
  assert(!isNegative(corrected), `quota ${quota.live.key.name} gives back more than is used`);
  return quotaDraft(state, quota, corrected, context);
}

/** What is used after the changes; undefined when they are none of this quota's business. */
function usedAfter(
  quota: Quota,
  before: Usage,
  charges: readonly Charge[],
  context: DecisionContext,
): Usage | Rejection | undefined {
  let used = before;
  for (const charge of charges) {
    const { definition } = charge.target;
    const of = (contents: JsonObject | undefined): Usage =>
      contents === undefined ? {} : usageUnder(quota, definition, contents);
    const change = difference(of(charge.after), of(charge.before));
    if (Object.keys(change).length === 0) continue;
    const refusal = refuses(charge, context) ? exceededRefusal(quota, used, change, charge) : undefined;
    if (refusal !== undefined) return refusal;
    used = plus(used, change);
  }
  return used === before ? undefined : used;
}

function isNegative(used: Usage): boolean {
  return Object.values(used).some(({ nanos }) => nanos < 0n);
}

/** What has happened already cannot be refused: a status tells it. */
function refuses({ target, after }: Charge, context: DecisionContext): boolean {
  return context.system !== true && after !== undefined && target.subresource !== 'status';
}

function exceededRefusal(quota: Quota, used: Usage, change: Usage, charge: Charge): Rejection | undefined {
  const after = plus(used, change);
  const exceeded = Object.keys(change).filter(
    (name) => (change[name]?.nanos ?? 0n) > 0n && (after[name]?.nanos ?? 0n) > (quota.hard[name]?.nanos ?? 0n),
  );
  if (exceeded.length === 0) return undefined;
  const [requested, present, limited] = [change, used, quota.hard].map((amounts) => amountsText(amounts, exceeded));
  return forbidden(
    targetOf(charge.target, charge.name),
    `exceeded quota: ${quota.live.key.name}, requested: ${requested}, used: ${present}, limited: ${limited}`,
  );
}

/** Where CPU or memory is limited, every container of a pod has to say how much it needs. */
function missingRefusal(quotas: readonly Quota[], { target, name, before, after }: Charge): Rejection | undefined {
  const { definition, subresource } = target;
  const isAsked = before === undefined || subresource === 'resize';
  if (definition.group !== '' || definition.resource !== 'pods' || !isAsked || after === undefined) return undefined;
  for (const quota of quotas) {
    if (!isInScope(quota.spec, definition, after)) continue;
    const missing = missingAmounts(Object.keys(quota.hard), after);
    if (missing !== '')
      return forbidden(targetOf(target, name), `failed quota: ${quota.live.key.name}: must specify ${missing}`);
  }
  return undefined;
}

function quotaDraft(
  state: DecideState,
  { live, hard }: Quota,
  used: Usage,
  context: DecisionContext,
): Draft | undefined {
  const definition = state.settings.resources.find(RESOURCE_QUOTAS);
  if (definition === undefined) return undefined;
  const object = { ...(cloneJson(live.contents()) as WorkingObject), status: quotaStatus(hard, used) };
  const acting = { ...context, actor: SYSTEM_ACTOR };
  const draft = draftOf('updated', definition, object, live, acting, { verb: 'system', subresource: 'status' });
  return { ...draft, becauseOf: 0 };
}

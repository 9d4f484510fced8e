import { rfc3339Seconds } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { labelSelectorOf } from '@taffrail/machinery/label-selector';
import { forbidden, isRejection, type Rejection, type RejectionCause } from '@taffrail/machinery/rejection';
import { matchesLabels } from '@taffrail/machinery/selector';
import type { Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { cloneJson, type JsonObject, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import type { DecisionContext } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Draft } from './decision.ts';
import { draftOf } from './drafting.ts';
import { objectOf, type WorkingObject } from './metadata.ts';
import type { DecideState } from './state.ts';
import { SYSTEM_ACTOR } from './system-actor.ts';

const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets' } as const;

/** The budget's change, where the pod has one that has to allow it; or why it does not. */
export function spendBudget(
  state: DecideState,
  present: LiveObject,
  context: DecisionContext,
): Draft | Rejection | undefined {
  const pod = present.contents() as Given<Pod>;
  if (present.deleting || NO_DISRUPTION.has(pod.status?.phase ?? '')) return undefined;
  const [budget, ...others] = budgetsOf(state, present);
  if (budget === undefined) return undefined;
  if (others.length > 0) return severalBudgets();
  const contents = budget.contents() as Given<PodDisruptionBudget>;
  if (!isReady(pod) && mayGoUnready(contents)) return undefined;
  return budgetRefusal(contents) ?? spentBudget(state, budget, present.key.name, context);
}

/** Pods that have ended, or have not begun, or are going anyway. */
const NO_DISRUPTION: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Pending']);

function budgetsOf(state: DecideState, pod: LiveObject): readonly LiveObject[] {
  return state.cluster.list(BUDGETS, pod.key.namespace).filter((budget) => {
    const selector = labelSelectorOf((budget.contents() as unknown as PodDisruptionBudget).spec?.selector);
    return !isRejection(selector) && matchesLabels(selector, pod.labels);
  });
}

function isReady(pod: Given<Pod>): boolean {
  return (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}

/** Whether the budget lets pods go that do no work: always where it says so, else while enough others work. */
function mayGoUnready({ spec = {}, status = {} }: Given<PodDisruptionBudget>): boolean {
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const desired = status.desiredHealthy ?? 0;
  return desired > 0 && (status.currentHealthy ?? 0) >= desired;
}

function budgetRefusal({ metadata = {}, status = {} }: Given<PodDisruptionBudget>): Rejection | undefined {
  const name = metadata.name ?? '';
  const start = `The disruption budget ${name}`;
  const allowed = status.disruptionsAllowed ?? 0;
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    return tooManyDisruptions(`${start} is still being processed by the server.`, UNOBSERVED_RETRY_SECONDS);
  }
  const aim = { group: 'policy', resource: 'poddisruptionbudget', name };
  const unable = (why: string, told: string): Rejection =>
    forbidden(aim, why, [disruptionCause(`${start} does not allow evicting pods currently: ${told}`)]);
  if (allowed < 0) {
    return unable('pdb disruptions allowed is negative', 'pdb disruptions allowed is negative');
  }
  if (Object.keys(status.disruptedPods ?? {}).length > limits.disruptedPodsCount) {
    return unable(
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
      'too many pending evictions not confirmed by PDB controller',
    );
  }
  return allowed === 0 ? tooManyDisruptions(`${start} ${whyNone(status)}`) : undefined;
}

const UNOBSERVED_RETRY_SECONDS = 10;

function whyNone(status: NonNullable<Given<PodDisruptionBudget>['status']>): string {
  const condition = (status.conditions ?? []).find(({ type }) => type === 'DisruptionAllowed');
  const { reason = '', message = '' } = condition?.status === 'False' ? condition : {};
  const none = 'does not allow evicting pods currently';
  if (message !== '' && reason === 'SyncFailed') return `${none} because it failed sync: ${message}`;
  const [current, desired] = [status.currentHealthy ?? 0, status.desiredHealthy ?? 0];
  if (current <= desired) return `needs ${desired} healthy pods and has ${current} currently`;
  return message === '' ? none : `${none} (${reason}): ${message}`;
}

function tooManyDisruptions(why: string, retryAfterSeconds = 0): Rejection {
  return {
    rejected: true,
    reason: 'TooManyRequests',
    code: 429,
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [disruptionCause(why)], ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }) },
  };
}

function disruptionCause(message: string): RejectionCause {
  return { reason: 'DisruptionBudget', message, field: '' };
}

/** Kubernetes answers this without a reason. */
function severalBudgets(): Rejection {
  const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
  return { rejected: true, reason: '', code: 500, message };
}

/** The budget with one disruption less, which remembers for whom. */
function spentBudget(state: DecideState, budget: LiveObject, pod: string, context: DecisionContext): Draft | undefined {
  const definition = state.settings.resources.find(BUDGETS);
  if (definition === undefined) return undefined;
  const object = cloneJson(budget.contents()) as WorkingObject;
  const status = (objectOf(object, 'status') ?? {}) as MutableJsonObject;
  const allowed = Number(status['disruptionsAllowed']) - 1;
  const now = rfc3339Seconds(context.nowMs);
  status['disruptionsAllowed'] = allowed;
  status['disruptedPods'] = { ...(objectOf(status, 'disruptedPods') as MutableJsonObject | undefined), [pod]: now };
  if (allowed === 0) status['conditions'] = withoutDisruptions(status, now);
  const acting = { ...context, actor: SYSTEM_ACTOR };
  const draft = draftOf('updated', definition, object, budget, acting, { verb: 'system', subresource: 'status' });
  return { ...draft, becauseOf: 0 };
}

function withoutDisruptions(status: MutableJsonObject, now: string): MutableJson[] {
  const conditions = (Array.isArray(status['conditions']) ? status['conditions'] : []) as MutableJsonObject[];
  const none: MutableJsonObject = {
    type: 'DisruptionAllowed',
    status: 'False',
    observedGeneration: status['observedGeneration'],
    lastTransitionTime: now,
    reason: 'InsufficientPods',
    message: '',
  };
  return [...conditions.filter((one) => (one as JsonObject)['type'] !== 'DisruptionAllowed'), none];
}

import { selectorMatches } from '@taffrail/controller/label-selector';
import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';
import type { Filter } from './filters/filter.ts';
import { filters, unhelped } from './filters/filters.ts';
import { podAffinity, type NamespaceLabels } from './filters/pod-affinity.ts';
import { nodeSnapshot, type NodeSnapshot, type Snapshot } from './snapshot.ts';

/** A node that would take a pod if some of lower priority were gone from it. */
export interface Preemption {
  readonly node: string;
  readonly victims: readonly Pod[];
}

interface Candidate extends Preemption {
  /** How many victims a disruption budget would have kept. */
  readonly violations: number;
}

/** What a preemption is decided by. */
export interface PreemptionView {
  readonly snapshot: Snapshot;
  readonly budgets: readonly PodDisruptionBudget[];
  readonly labelsOf: NamespaceLabels;
}

/**
 * Finds the node on which a pod does least harm to those of lower priority, and which of them have to go: as few as make
 * room, those a budget protects last. Undefined where none that went would help. Pure.
 */
export function preempt(pod: Pod, view: PreemptionView): Preemption | undefined {
  const candidates = view.snapshot.nodes
    .filter((node) => unhelped.every((filter) => filter.refusals(pod, node).length === 0))
    .map((node) => candidateOn(pod, node, view))
    .filter((candidate) => candidate !== undefined);
  return candidates.toSorted(byHarm)[0];
}

/**
 * Whether a pod may make others go: not one that never does, and not while those that go for it already are on their way
 * from the node it was promised.
 */
export function mayPreempt(pod: Pod, snapshot: Snapshot, promised: string | undefined): boolean {
  if (pod.spec?.preemptionPolicy === 'Never') return false;
  const node = snapshot.nodes.find(({ name }) => name === promised);
  const leaving = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
  return node === undefined || !node.pods.some((other) => leaving(other) && priorityOf(other) < priorityOf(pod));
}

export function priorityOf(pod: Pod): number {
  return pod.spec?.priority ?? 0;
}

function candidateOn(pod: Pod, node: NodeSnapshot, view: PreemptionView): Candidate | undefined {
  const lower = node.pods.filter((other) => priorityOf(other) < priorityOf(pod));
  if (lower.length === 0) return undefined;
  let remaining = node.pods.filter((other) => !lower.includes(other));
  const fits = (pods: readonly Pod[]): boolean => fitsOn(pod, nodeSnapshot(node.node, pods), view);
  if (!fits(remaining)) return undefined;
  const { kept, free } = byBudget(lower.toSorted(byImportance), view.budgets);
  const victims: Pod[] = [];
  let violations = 0;
  // Each is spared that may be, the most important and the protected first.
  for (const other of [...kept, ...free]) {
    if (fits([...remaining, other])) {
      remaining = [...remaining, other];
    } else {
      victims.push(other);
      if (kept.includes(other)) violations += 1;
    }
  }
  return { node: node.name, victims: victims.toSorted(byImportance), violations };
}

function fitsOn(pod: Pod, node: NodeSnapshot, { snapshot, labelsOf }: PreemptionView): boolean {
  const nodes = snapshot.nodes.map((other) => (other.name === node.name ? node : other));
  const affinity = podAffinity(pod, { nodes }, labelsOf);
  const asked: readonly Filter[] = affinity === undefined ? filters : [...filters, affinity];
  return asked.every((filter) => filter.refusals(pod, node).length === 0);
}

/** Pods whose budget allows no more disruptions when their turn comes, and those that none keeps. */
function byBudget(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): { readonly kept: readonly Pod[]; readonly free: readonly Pod[] } {
  const allowed = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]));
  const kept: Pod[] = [];
  const free: Pod[] = [];
  for (const pod of pods) {
    const guarding = budgets.filter((budget) => guards(budget, pod));
    for (const budget of guarding) allowed.set(budget, (allowed.get(budget) ?? 0) - 1);
    (guarding.some((budget) => (allowed.get(budget) ?? 0) < 0) ? kept : free).push(pod);
  }
  return { kept, free };
}

function guards({ metadata, spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const { namespace, name = '', labels } = pod.metadata;
  const { matchLabels = {}, matchExpressions = [] } = spec?.selector ?? {};
  const isEmpty = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  if (metadata.namespace !== namespace || isEmpty || status?.disruptedPods?.[name] !== undefined) return false;
  return selectorMatches(spec?.selector, labels);
}

/** Those that count most first: of higher priority, then those that run longer. */
function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startedMs(a) - startedMs(b);
}

function startedMs(pod: Pod): number {
  return parseRfc3339(pod.status?.startTime ?? '') ?? Number.MAX_SAFE_INTEGER;
}

/** A priority is a 32-bit number and may be negative; every victim counts something. */
const LEAST_PRIORITY = -(2 ** 31);

/**
 * The least harm first: fewest broken budgets, lowest priority of the most important victim, lowest sum of priorities,
 * fewest victims, the most important of them started last; of equals the first by name.
 */
function byHarm(a: Candidate, b: Candidate): number {
  const [first, second] = [a, b].map(({ victims }) => ({
    highest: victims[0] === undefined ? LEAST_PRIORITY : priorityOf(victims[0]),
    sum: victims.reduce((sum, victim) => sum + priorityOf(victim) - LEAST_PRIORITY, 0),
    startedMs: Math.min(...victims.filter((one) => priorityOf(one) === priorityOf(victims[0] ?? one)).map(startedMs)),
  }));
  if (first === undefined || second === undefined) return 0;
  return (
    a.violations - b.violations ||
    first.highest - second.highest ||
    first.sum - second.sum ||
    a.victims.length - b.victims.length ||
    second.startedMs - first.startedMs ||
    (a.node < b.node ? -1 : 1)
  );
}

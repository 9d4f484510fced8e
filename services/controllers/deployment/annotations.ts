import type { Deployment, ReplicaSet } from '@taffrail/resources/generated/types';
import { maxSurge } from './bounds.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** Annotations of a deployment that say nothing about its replica sets. */
const OWN = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

const HISTORY_CHARACTERS = 2000;

type Annotations = Readonly<Record<string, string>>;

/** A set's revision, 64 bits as Kubernetes has it: who restores one may well write more than a number holds. 0 when it has none. */
export function revisionNumber(set: ReplicaSet): bigint {
  return revisionOf(set.metadata.annotations?.[REVISION] ?? '');
}

export function revisionOf(text: string): bigint {
  if (!/^\d{1,19}$/.test(text)) return 0n;
  const revision = BigInt(text);
  return BigInt.asIntN(64, revision) === revision ? revision : 0n;
}

export function maxRevision(sets: readonly ReplicaSet[]): bigint {
  return sets.map(revisionNumber).reduce((most, revision) => (revision > most ? revision : most), 0n);
}

/** What the annotations of the newest set should be: the deployment's own, and the revision if that has grown. */
export function newSetAnnotations(deployment: Deployment, set: ReplicaSet | undefined, revision: bigint): Annotations {
  const current = set?.metadata.annotations ?? {};
  const next: Record<string, string> = { ...current };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {})) {
    if (!OWN.has(name)) next[name] = value;
  }
  const before = set === undefined ? 0n : revisionNumber(set);
  if (before >= revision) return next;
  next[REVISION] = String(revision);
  if (before > 0n) next[REVISION_HISTORY] = history(current[REVISION_HISTORY], before);
  return next;
}

/** The revisions a set had earlier; the oldest are dropped when the list grows too long. */
function history(earlier: string | undefined, revision: bigint): string {
  const revisions = [...(earlier === undefined || earlier === '' ? [] : earlier.split(',')), String(revision)];
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_CHARACTERS) revisions.shift();
  return revisions.join(',');
}

/** The two annotations that remember for which size of the deployment a set was scaled. */
export function replicasAnnotations(deployment: Deployment): Annotations {
  const replicas = deployment.spec?.replicas ?? 1;
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + maxSurge(deployment)) };
}

/** The size of the deployment a set was last scaled for. */
export function desiredReplicas(set: ReplicaSet): number | undefined {
  return countAnnotation(set, DESIRED_REPLICAS);
}

export function maxReplicas(set: ReplicaSet): number | undefined {
  return countAnnotation(set, MAX_REPLICAS);
}

function countAnnotation(set: ReplicaSet, name: string): number | undefined {
  const text = set.metadata.annotations?.[name];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

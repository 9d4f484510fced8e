import type { PastScope } from './past-access.ts';

/** Paths of what can be asked about the past; kept out of Kubernetes' discovery, which knows only kinds. */
const PREFIX = ['apis', 'taffrail.dev', 'v1'];

export type PastQuestion = 'diff' | 'history' | 'undo' | 'why';

const QUESTIONS: readonly PastQuestion[] = ['diff', 'history', 'undo', 'why'];

/** What a path asks about the past; undefined for any other path. */
export function pastQuestion(segments: readonly string[]): PastQuestion | undefined {
  if (!PREFIX.every((segment, index) => segments[index] === segment)) return undefined;
  return QUESTIONS.find((question) => question === segments[PREFIX.length]);
}

/**
 * The scope behind the question: `[/namespaces/<namespace>]` or `/<group|core>/<resource>[/namespaces/<namespace>][/<name>]`.
 * Undefined for any other form.
 */
export function pastScope(segments: readonly string[]): PastScope | undefined {
  const place = segments.slice(PREFIX.length + 1);
  if (place.length === 0) return {};
  const [first = '', second] = place;
  if (second === undefined) return undefined;
  if (first === 'namespaces') return place.length === 2 ? { namespace: second } : undefined;
  const within = { group: first === 'core' ? '' : first, resource: second };
  const rest = place.slice(2);
  if (rest.length === 0) return within;
  if (rest[0] !== 'namespaces')
    return rest.length === 1 ? { ...within, namespace: '', name: rest[0] ?? '' } : undefined;
  const [, namespace, name] = rest;
  // A cluster-scoped object may be called "namespaces".
  if (namespace === undefined) return { ...within, namespace: '', name: 'namespaces' };
  if (rest.length > 3) return undefined;
  return name === undefined ? { ...within, namespace } : { ...within, namespace, name };
}

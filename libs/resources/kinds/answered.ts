import type { ServedResource } from '../definition.ts';
import { NAME, narrow } from './columns.ts';
import { defineAnswered, type ServedFacts } from './definitions.ts';

/** A question that is sent as an object and comes back with its answer inside; nothing of it is kept. */
function review(group: string, kind: string, facts: Partial<ServedFacts> = {}): ServedResource {
  return defineAnswered({ group, kind, namespaced: false, verbs: ['create'], ...facts });
}

/** The columns `kubectl get componentstatuses` prints: the one resource of these that can be listed. */
export const componentStatusColumns = [
  NAME,
  narrow('Status', 'Whether the component is well'),
  narrow('Message', 'What its check says'),
  narrow('Error', 'Why it is not well'),
] as const;

/** Resources whose objects are kept nowhere. */
export const answeredResources: readonly ServedResource[] = Object.freeze([
  defineAnswered({ kind: 'Binding', verbs: ['create'] }),
  defineAnswered({
    kind: 'ComponentStatus',
    resource: 'componentstatuses',
    namespaced: false,
    shortNames: ['cs'],
    verbs: ['get', 'list'],
  }),
  review('authentication.k8s.io', 'SelfSubjectReview'),
  review('authentication.k8s.io', 'TokenReview'),
  review('authorization.k8s.io', 'LocalSubjectAccessReview', { namespaced: true }),
  review('authorization.k8s.io', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'SubjectAccessReview'),
]);

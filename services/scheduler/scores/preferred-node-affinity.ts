import { termMatches } from '../filters/node-affinity.ts';
import { normalized, type Score } from './score.ts';

/** Adds up the weights of the preferred node affinity terms a node satisfies. */
export const preferredNodeAffinity: Score = Object.freeze<Score>({
  name: 'NodeAffinity',
  weight: 2,
  scores(pod, nodes) {
    const terms = pod.spec?.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    return normalized(
      nodes.map((node) =>
        terms.reduce((sum, { preference, weight }) => sum + (termMatches(preference, node) ? weight : 0), 0),
      ),
    );
  },
});

import { ownerOf } from '../snapshot.ts';
import { normalized, type Score } from './score.ts';

/** Prefers the node with the fewest pods of the same owner, so that one node's loss costs a workload little. */
export const ownerSpread: Score = Object.freeze<Score>({
  name: 'OwnerSpread',
  weight: 2,
  scores(pod, nodes) {
    const owner = ownerOf(pod);
    const counts = nodes.map(({ perOwner }) => (owner === undefined ? 0 : (perOwner.get(owner) ?? 0)));
    return normalized(counts, true);
  },
});

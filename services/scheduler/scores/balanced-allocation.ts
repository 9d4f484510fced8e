import { scoredRequests } from '../amounts.ts';
import { MAXIMUM_SCORE, type Score } from './score.ts';

/** Prefers the node on which cpu and memory would be used to the same degree. */
export const balancedAllocation: Score = Object.freeze<Score>({
  name: 'NodeResourcesBalancedAllocation',
  weight: 1,
  scores(pod, nodes) {
    const needed = scoredRequests(pod);
    return nodes.map(({ allocatable, scored }) => {
      const cpu = usedPart(allocatable['cpu'] ?? 0, scored.cpu + needed.cpu);
      const memory = usedPart(allocatable['memory'] ?? 0, scored.memory + needed.memory);
      // The standard deviation of two numbers is half their distance.
      return (1 - Math.abs(cpu - memory) / 2) * MAXIMUM_SCORE;
    });
  },
});

function usedPart(capacity: number, requested: number): number {
  return capacity === 0 ? 1 : Math.min(1, requested / capacity);
}

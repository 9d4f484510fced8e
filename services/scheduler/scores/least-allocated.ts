import { scoredRequests } from '../amounts.ts';
import { MAXIMUM_SCORE, type Score } from './score.ts';

/** Prefers the node with the larger part of cpu and memory left. */
export const leastAllocated: Score = Object.freeze<Score>({
  name: 'NodeResourcesFit',
  weight: 1,
  scores(pod, nodes) {
    const needed = scoredRequests(pod);
    return nodes.map(({ allocatable, scored }) => {
      const cpu = freePart(allocatable['cpu'] ?? 0, scored.cpu + needed.cpu);
      const memory = freePart(allocatable['memory'] ?? 0, scored.memory + needed.memory);
      return (cpu + memory) / 2;
    });
  },
});

function freePart(capacity: number, requested: number): number {
  return capacity === 0 || requested > capacity ? 0 : ((capacity - requested) * MAXIMUM_SCORE) / capacity;
}

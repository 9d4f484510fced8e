import type { Pod } from '@taffrail/resources/generated/types';
import type { NodeSnapshot } from '../snapshot.ts';

/** One reason to prefer a node. Pure. */
export interface Score {
  readonly name: string;
  readonly weight: number;
  /** A figure for each node, in their order; normalized to 0…100 each. */
  scores(pod: Pod, nodes: readonly NodeSnapshot[]): readonly number[];
}

export const MAXIMUM_SCORE = 100;

/** Scales figures so that the largest is 100; `inverted` makes the smallest the best. All 0 stays 0, or 100 inverted. */
export function normalized(figures: readonly number[], inverted = false): readonly number[] {
  const most = Math.max(0, ...figures);
  return figures.map((figure) => {
    const scaled = most === 0 ? 0 : (figure * MAXIMUM_SCORE) / most;
    return inverted ? MAXIMUM_SCORE - scaled : scaled;
  });
}

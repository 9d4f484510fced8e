import { balancedAllocation } from './balanced-allocation.ts';
import { leastAllocated } from './least-allocated.ts';
import { ownerSpread } from './owner-spread.ts';
import { preferredNodeAffinity } from './preferred-node-affinity.ts';
import { preferredTaints } from './preferred-taints.ts';
import type { Score } from './score.ts';

export const scores: readonly Score[] = Object.freeze([
  preferredTaints,
  preferredNodeAffinity,
  ownerSpread,
  leastAllocated,
  balancedAllocation,
]);

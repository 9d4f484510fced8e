import { podRequests } from '../amounts.ts';
import type { Filter } from './filter.ts';

/** The node has room for one more pod and for everything it requests. */
export const nodeResourcesFit: Filter = Object.freeze<Filter>({
  name: 'NodeResourcesFit',
  refusals(pod, node) {
    const refusals: string[] = [];
    if (node.pods.length + 1 > (node.allocatable['pods'] ?? 0)) refusals.push('Too many pods');
    for (const [name, amount] of Object.entries(podRequests(pod))) {
      if (amount === 0) continue;
      const free = (node.allocatable[name] ?? 0) - (node.requested[name] ?? 0);
      if (amount > free) refusals.push(`Insufficient ${name}`);
    }
    return refusals;
  },
});

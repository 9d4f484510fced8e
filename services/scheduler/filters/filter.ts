import type { Pod } from '@taffrail/resources/generated/types';
import type { NodeSnapshot } from '../snapshot.ts';

/** Why a node cannot take a pod, in Kubernetes' words; nothing when it can. */
export type Refusals = readonly string[];

/** One reason a node may be unfit. Pure; the first filter that refuses a node explains it. */
export interface Filter {
  readonly name: string;
  refusals(pod: Pod, node: NodeSnapshot): Refusals;
}

export const FITS: Refusals = Object.freeze([]);

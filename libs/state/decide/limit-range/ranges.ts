import type { LimitRange, LimitRangeItem } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import type { StateView } from '../../state-view.ts';

const LIMIT_RANGES = { group: '', resource: 'limitranges' } as const;

/** What one LimitRange says. */
export type Limits = readonly Given<LimitRangeItem>[];

/** The LimitRanges of a namespace, in order of their names. */
export function limitsIn(cluster: StateView, namespace: string): readonly Limits[] {
  return cluster
    .list(LIMIT_RANGES, namespace)
    .map((object) => (object.contents() as Given<LimitRange>).spec?.limits ?? []);
}

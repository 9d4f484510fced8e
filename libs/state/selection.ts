import type { FieldSelector, LabelSelector } from '@taffrail/machinery/selector';

/** Which objects of a collection are meant. */
export interface Selection {
  readonly labels: LabelSelector;
  readonly fields: FieldSelector;
}

/**
 * The sentence of a FailedScheduling event: how often each refusal was heard, in the order of its text.
 * `refusals` holds one list per node.
 */
export function explain(refusals: readonly (readonly string[])[]): string {
  if (refusals.length === 0) return 'no nodes available to schedule pods';
  const counts = new Map<string, number>();
  for (const reason of refusals.flat()) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const parts = [...counts].map(([reason, count]) => `${count} ${reason}`);
  return `0/${refusals.length} nodes are available: ${parts.sort().join(', ')}.`;
}

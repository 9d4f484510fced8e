import type { ComponentName } from './cluster-record.ts';

/** Groups in the order they are stopped; the members of one group stop at once. */
export function stopOrder<T extends { readonly name: ComponentName }>(
  components: readonly T[],
): readonly (readonly T[])[] {
  const groups = new Map<number, T[]>();
  for (const component of components) {
    const rank = rankOf(component.name);
    groups.set(rank, [...(groups.get(rank) ?? []), component]);
  }
  return [...groups].sort(([one], [other]) => one - other).map(([, members]) => members);
}

/** Whoever uses another stops before it. */
function rankOf(name: ComponentName): number {
  switch (name) {
    case 'controllers':
    case 'scheduler':
      return 0;
    case 'containerd':
      return 1;
    case 'api':
      return 2;
    case 'nats':
    case 'postgres':
      return 3;
    default:
      return 0; // an agent
  }
}

import type { LogEvent } from '@taffrail/log/event';
import type { ObjectChange } from './object-changes.ts';

/** What stands in the place of a Secret's value. */
export const HIDDEN = '(hidden)';

/** Where a Secret's values are: kubectl keeps a whole copy of what was applied in an annotation. */
const PLACES = ['data', 'stringData', 'metadata.annotations'] as const;

/** An event's changes as they may be printed: of a Secret, which values changed and never what they are. */
export function withoutSecrets(
  { group, resource }: Pick<LogEvent, 'group' | 'resource'>,
  changes: readonly ObjectChange[],
): readonly ObjectChange[] {
  return group === '' && resource === 'secrets' ? changes.map(withoutValues) : changes;
}

function withoutValues(change: ObjectChange): ObjectChange {
  const { path, from, to } = change;
  if (!PLACES.some((place) => path === place || path === 'metadata' || path.startsWith(`${place}.`))) return change;
  return {
    path,
    ...(from === undefined ? {} : { from: HIDDEN }),
    ...(to === undefined ? {} : { to: HIDDEN }),
  };
}

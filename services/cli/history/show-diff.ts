import type { ObjectDifference } from '@taffrail/history/object-pair';
import type { PastApi } from './past-api.ts';
import { scopePath, type AskedScope } from './scope-path.ts';
import { referenceText } from './show-history.ts';
import { objectDiff } from './unified-diff.ts';

export interface DiffRequest {
  readonly scope: AskedScope;
  readonly from: string;
  readonly to?: string;
  /** Also managedFields, generation and resourceVersion. */
  readonly bookkeeping: boolean;
  readonly output: 'text' | 'json';
}

interface Page {
  readonly metadata: { readonly from: string; readonly to: string; readonly continue?: string };
  readonly items: readonly ObjectDifference[];
}

/** Prints how objects differ between two moments. Answers whether any does. */
export async function showDiff(api: PastApi, { scope, from, to, bookkeeping, output }: DiffRequest): Promise<boolean> {
  const items: ObjectDifference[] = [];
  const query = { from, to, bookkeeping: bookkeeping ? 'true' : undefined };
  let next: string | undefined;
  let moments: Pick<Page['metadata'], 'from' | 'to'> | undefined;
  do {
    // Later pages are of the moments that the first one meant.
    const page: Page = await api.get(scopePath('diff', scope), { ...query, ...moments, continue: next });
    items.push(...page.items);
    moments = { from: page.metadata.from, to: page.metadata.to };
    next = page.metadata.continue;
    if (output === 'text') for (const item of page.items) console.log(differenceText(item, scope));
  } while (next !== undefined);
  if (output === 'json') console.log(JSON.stringify(items));
  return items.length > 0;
}

function differenceText({ about, from, to }: ObjectDifference, { namespace }: AskedScope): string {
  const place = namespace === undefined && about.namespace !== '' ? `${about.namespace}/` : '';
  return objectDiff(place + referenceText(about, false), from, to);
}

import type { ChangedReference, ChangeEntry } from '@taffrail/history/change-entry';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { JsonObject } from '@taffrail/resources/json';
import type { PastApi } from './past-api.ts';
import { scopePath, type AskedScope } from './scope-path.ts';
import { objectDiff } from './unified-diff.ts';

export interface HistoryRequest {
  readonly scope: AskedScope;
  readonly limit: number;
  readonly patch: boolean;
  readonly output: 'text' | 'json';
  readonly since?: string;
  readonly until?: string;
  readonly user?: string;
  readonly field?: string;
  readonly selector?: string;
}

/** An entry as it is asked for here: with the states around the change when a patch is wanted. */
export interface ShownEntry extends ChangeEntry {
  readonly from?: JsonObject;
  readonly to?: JsonObject;
}

interface Page {
  readonly metadata: { readonly before?: string };
  readonly items: readonly ShownEntry[];
}

/** Prints the changes of an object, a kind, a namespace or the cluster. */
export async function showHistory(api: PastApi, request: HistoryRequest): Promise<void> {
  const entries = await entriesOf(api, request);
  if (request.output === 'json') {
    console.log(JSON.stringify(entries));
    return;
  }
  if (entries.length === 0) throw new OperatingError('unavailable', nothingText(request));
  for (const entry of entries.toReversed()) {
    console.log(historyLine(entry, request.scope));
    if (request.patch) console.log(patchText(entry));
  }
}

/** The newest entries, newest first, read page by page. */
async function entriesOf(api: PastApi, request: HistoryRequest): Promise<readonly ShownEntry[]> {
  const { scope, limit, patch, since, until, user, field, selector } = request;
  const entries: ShownEntry[] = [];
  let before: string | undefined;
  do {
    const page: Page = await api.get(scopePath('history', scope), {
      view: patch ? 'diff' : 'changes',
      limit: String(Math.min(limit - entries.length, limits.historyEntriesCount)),
      labelSelector: selector,
      before,
      since,
      until,
      user,
      field,
    });
    entries.push(...page.items);
    before = page.metadata.before;
  } while (before !== undefined && entries.length < limit);
  return entries;
}

function nothingText({ scope, ...selecting }: HistoryRequest): string {
  const where = scope.namespace === undefined ? '' : ` in namespace ${scope.namespace}`;
  const { named } = scope;
  const { since, until, user, field, selector } = selecting;
  const chosen = [since, until, user, field, selector].some((one) => one !== undefined);
  if (named === undefined || named.name === '' || chosen) return `no change was found${where}`;
  const { resource, namespaced } = named.definition;
  return `nothing named ${resource}/${named.name} was ever seen${namespaced ? where : ''}`;
}

/** `4096  2026-11-21 09:00:00  deployment.apps/web  replicas 3 → 5 by alice (kubectl scale)  because of 2048`. */
export function historyLine(entry: ChangeEntry, { named, namespace }: AskedScope): string {
  const time = entry.time.slice(0, 19).replace('T', ' ');
  const about = named !== undefined && named.name !== '' ? [] : [referenceText(entry.about, namespace === undefined)];
  const why = entry.cause.revision === undefined ? '' : ` because of ${entry.cause.revision}`;
  return [entry.revision, time, ...about, `${entry.summary}${why}`].join('  ');
}

/** `deployment.apps/web`, as kubectl names objects; with the namespace in front when it is asked for. */
export function referenceText(
  { kind, group, resource, namespace, name }: ChangedReference,
  withNamespace: boolean,
): string {
  const type = kind === '' ? resource : kind.toLowerCase();
  const text = `${group === '' ? type : `${type}.${group}`}/${name}`;
  return withNamespace && namespace !== '' ? `${namespace} ${text}` : text;
}

function patchText({ about, from, to }: ShownEntry): string {
  const diff = objectDiff(referenceText(about, false), from, to);
  return diff === '' ? '' : `${diff.replaceAll(/^/gm, '    ')}\n`;
}

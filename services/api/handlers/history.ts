import { assertNever } from '@taffrail/platform/assert';
import { revision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { changeEntry, entryHead, parsed } from '@taffrail/history/change-entry';
import { shownObject } from '@taffrail/history/shown-object';
import { spliceResourceVersion } from '@taffrail/log/object-bytes';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ChangesQuery, RecordedChange } from '@taffrail/projection/read-model';
import type { User } from '../auth/identity.ts';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { answerBytes } from '../http/answer.ts';
import type { Exchange, HeaderValues } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import type { ApiContext } from './context.ts';
import { historyOptions, type HistoryOptions, type HistoryView } from './history-query.ts';
import type { AskedMoment } from './moment.ts';
import { askedScope, type PastScope, type PastTools } from './past-access.ts';
import { anyVersionOf, revisionAt, untilProjected } from './past-moment.ts';
import { selectedChanges } from './selected-changes.ts';
import { warningHeaders } from './warnings.ts';
import { logOf } from './watch-backlog.ts';

/**
 * Answers the history of an object, a kind, a namespace or the cluster, newest first (docs/history-api.md). Served by the
 * projection: 503 with Retry-After while Postgres is away.
 */
export async function answerHistory(
  { context, authorizer }: PastTools,
  exchange: Exchange,
  user: User,
  request: PathRequest,
): Promise<Rejection | undefined> {
  const covered = askedScope(authorizer, user, request);
  if (isRejection(covered)) return covered;
  const { scope, access } = covered;
  const options = historyOptions(request.query, scope.name === undefined ? 'changes' : 'objects');
  if (isRejection(options)) return options;
  const definition = anyVersionOf(scope.group ?? '', scope.resource ?? '');
  if (definition?.storage === 'latest') {
    return badRequest(`${definition.resource} keep their last value only: they have no history`);
  }
  const complete = await untilProjected(context, definition, exchange.signal);
  const log = definition === undefined ? 'LOG' : logOf(definition);
  const query = await changesQuery(context, log, { ...scope, ...access }, options);
  const headers = complete ? {} : (warningHeaders([BEHIND]) ?? {});
  if (options.stream) await streamEntries(context, exchange, query, options, headers);
  else await answerPage(context, exchange, query, options, headers);
  return undefined;
}

const BEHIND = 'the newest changes may be missing: the projection is behind the log';

async function changesQuery(
  context: ApiContext,
  log: string,
  scope: PastScope & { readonly resources?: readonly string[] },
  { since, until, before, user, uid }: HistoryOptions,
): Promise<Omit<ChangesQuery, 'limit'>> {
  // What happened at the very moment of `since` belongs to it, so the last revision before it is wanted.
  const after = since === undefined ? undefined : await lastBefore(context, log, since);
  const last = until === undefined ? undefined : ((await revisionAt(context, log, until)) ?? 0);
  const bounds = [before, last === undefined ? undefined : last + 1].filter((one) => one !== undefined);
  return {
    log,
    ...scope,
    ...(user === undefined ? {} : { user }),
    ...(uid === undefined ? {} : { uid }),
    ...(after === undefined ? {} : { after }),
    ...(bounds.length === 0 ? {} : { before: revision(Math.min(...bounds)) }),
  };
}

async function lastBefore(context: ApiContext, log: string, since: AskedMoment): Promise<Revision> {
  if (since.type === 'revision') return revision(Math.max(0, since.revision - 1));
  return (await revisionAt(context, log, { ...since, timeMs: since.timeMs - 1 })) ?? revision(0);
}

async function answerPage(
  { readModel, encrypts }: ApiContext,
  exchange: Exchange,
  query: Omit<ChangesQuery, 'limit'>,
  options: HistoryOptions,
  headers: HeaderValues,
): Promise<void> {
  const entries: (readonly Uint8Array[])[] = [];
  let last: Revision | undefined;
  let next: Revision | undefined;
  let lookedAtCount = 0;
  let bytes = 0;
  // One more than asked for tells whether there is a further page.
  for await (const { revision: at, change } of selectedChanges(readModel, query, options, options.limit + 1)) {
    const full = entries.length === options.limit || bytes > limits.historyPageBytes;
    if (full || lookedAtCount === limits.historyScanCount) {
      next = last;
      break;
    }
    last = at;
    lookedAtCount += 1;
    if (change === undefined) continue;
    const entry = entryParts(change, options.view, encrypts);
    bytes += entry.reduce((sum, part) => sum + part.byteLength, 0);
    entries.push(entry);
  }
  const meta = next === undefined ? {} : { before: String(next) };
  const head = `{"kind":"${kindOf(query)}","apiVersion":"taffrail.dev/v1","metadata":${JSON.stringify(meta)},"items":[`;
  const items = entries.flatMap((entry, index) => (index === 0 ? entry : [COMMA, ...entry]));
  answerBytes(exchange, 200, PLAIN_JSON, [Buffer.from(head), ...items, Buffer.from(']}\n')], headers);
}

const COMMA = Buffer.from(',');

function kindOf({ name }: Pick<ChangesQuery, 'name'>): string {
  return name === undefined ? 'History' : 'ObjectHistory';
}

/** Every selected change, one JSON document a line, as fast as the client reads. A failure cuts the answer off. */
async function streamEntries(
  { readModel, encrypts }: ApiContext,
  exchange: Exchange,
  query: Omit<ChangesQuery, 'limit'>,
  options: HistoryOptions,
  headers: HeaderValues,
): Promise<void> {
  const stream = exchange.stream(200, {
    ...headers,
    'content-type': 'application/x-ndjson',
    'cache-control': 'no-cache, private',
  });
  try {
    for await (const { change } of selectedChanges(readModel, query, options)) {
      if (stream.closed) return;
      if (change === undefined) continue;
      stream.write(Buffer.concat([...entryParts(change, options.view, encrypts), Buffer.from('\n')]));
      await stream.drained();
    }
    stream.end();
  } catch (thrown) {
    stream.destroy();
    throw thrown;
  }
}

/** An entry's bytes. A whole object is passed on as it is stored. */
function entryParts(change: RecordedChange, view: HistoryView, encrypts: EncryptedResources): readonly Uint8Array[] {
  const { event, before } = change;
  switch (view) {
    case 'objects': {
      const head = JSON.stringify(entryHead(event)).slice(0, -1);
      return [Buffer.from(`${head},"object":`), spliceResourceVersion(event.object, event.revision), Buffer.from('}')];
    }
    case 'changes':
      return [Buffer.from(JSON.stringify(changeEntry(change, encrypts)))];
    case 'diff': {
      const plain = { bookkeeping: false, encrypts };
      const earlier = before === undefined || event.verb === 'created' ? undefined : parsed(before);
      const from = earlier === undefined ? {} : { from: shownObject(event, earlier, plain) };
      const to = event.verb === 'deleted' ? {} : { to: shownObject(event, parsed(event.object), plain, earlier) };
      return [Buffer.from(JSON.stringify({ ...changeEntry(change, encrypts), ...from, ...to }))];
    }
    default:
      return assertNever(view);
  }
}

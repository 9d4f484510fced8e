import { parseRevision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { spliceResourceVersion } from '@taffrail/log/object-bytes';
import type { LogEvent } from '@taffrail/log/event';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { answerBytes } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { UNKNOWN_RESOURCE } from '../http/rejections.ts';
import type { ApiContext } from './context.ts';
import { integerOf } from './list-options.ts';

/** Path of the history API; kept out of Kubernetes' discovery, which knows only kinds. */
const PREFIX = ['apis', 'taffrail.dev', 'v1', 'history'];

/** What a history request is about, for authorization and reading alike. */
export interface HistoryTarget {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** Whether a path belongs to the history API. */
export function isHistoryPath(segments: readonly string[]): boolean {
  return PREFIX.every((segment, index) => segments[index] === segment);
}

/** The object of `…/history/<group|core>/<resource>[/namespaces/<namespace>]/<name>`; undefined for any other form. */
export function historyTarget(segments: readonly string[]): HistoryTarget | undefined {
  const [group, resource, ...place] = segments.slice(PREFIX.length);
  if (group === undefined || resource === undefined) return undefined;
  const plainGroup = group === 'core' ? '' : group;
  const [first, namespace, name] = place;
  if (place.length === 1 && first !== undefined) {
    return { group: plainGroup, resource, namespace: '', name: first };
  }
  if (place.length === 3 && first === 'namespaces' && namespace !== undefined && name !== undefined) {
    return { group: plainGroup, resource, namespace, name };
  }
  return undefined;
}

/**
 * Answers the history of one object, newest first, also after its deletion:
 *
 *     { "kind": "ObjectHistory", "apiVersion": "taffrail.dev/v1",
 *       "metadata": { "before": "<revision to go on with>" },        absent on the last page
 *       "items": [ { "revision": "…", "previousRevision": "…", "time": RFC 3339 with milliseconds, "verb": "created|updated|deleted",
 *                    "uid": "…", "actor": { user, groups, userAgent, address, fieldManager },
 *                    "cause": { revision?, correlation, traceparent }, "request": { verb, subresource },
 *                    "transaction": { "first": "…", "last": "…" }, "object": the whole object after the change } ] }
 *
 * `?limit=` bounds the page (default and maximum `limits.historyEntriesCount`), `?before=<revision>` goes on.
 * Served by the projection: 503 with Retry-After while Postgres is away.
 */
export async function answerHistory(
  context: ApiContext,
  exchange: Exchange,
  request: PathRequest,
): Promise<Rejection | undefined> {
  const target = historyTarget(request.segments);
  if (target === undefined) return UNKNOWN_RESOURCE;
  const asked = integerOf(request.query, 'limit');
  if (isRejection(asked)) return asked;
  const limit = Math.min(
    asked === undefined || asked === 0 ? limits.historyEntriesCount : asked,
    limits.historyEntriesCount,
  );
  const beforeText = request.query.get('before') ?? '';
  const before = beforeText === '' ? undefined : parseRevision(beforeText);
  if (beforeText !== '' && before === undefined)
    return badRequest(`before is not a revision: ${JSON.stringify(beforeText)}`);

  // One more than asked for tells whether there is a further page.
  const events = await context.readModel.history({
    key: target,
    limit: limit + 1,
    ...(before === undefined ? {} : { before }),
  });
  const page = events.slice(0, limit);
  const last = page.at(-1);
  const meta = events.length > limit && last !== undefined ? { before: String(last.revision) } : {};
  const parts: Uint8Array[] = [
    Buffer.from(`{"kind":"ObjectHistory","apiVersion":"taffrail.dev/v1","metadata":${JSON.stringify(meta)},"items":[`),
  ];
  for (const [index, event] of page.entries()) {
    parts.push(Buffer.from(`${index === 0 ? '' : ','}${entryHead(event)}`));
    parts.push(spliceResourceVersion(event.object, event.revision), Buffer.from('}'));
  }
  parts.push(Buffer.from(']}\n'));
  answerBytes(exchange, 200, PLAIN_JSON, parts);
  return undefined;
}

/** An entry up to its object, whose bytes are passed on as they are. */
function entryHead(event: LogEvent): string {
  const { actor, cause, request, verb, uid } = event;
  const commitStart = event.revision - (event.revision % 1024);
  const head = {
    revision: String(event.revision),
    previousRevision: String(event.previousRevision),
    time: new Date(event.timeMs).toISOString(),
    verb,
    uid,
    actor,
    cause: { ...cause, ...(cause.revision === undefined ? {} : { revision: String(cause.revision) }) },
    request,
    transaction: {
      first: String(commitStart + event.transactionStart),
      last: String(commitStart + event.transactionEnd),
    },
  };
  return `${JSON.stringify(head).slice(0, -1)},"object":`;
}

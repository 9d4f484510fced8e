import type { Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { objectDifference, type ObjectDifference } from '@taffrail/history/object-pair';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ObjectKey } from '@taffrail/resources/object';
import type { User } from '../auth/identity.ts';
import { answerValue } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import { isTrue, type PathRequest } from '../http/parsed-request.ts';
import type { ApiContext } from './context.ts';
import { momentIn } from './history-query.ts';
import { integerOf } from './list-options.ts';
import { resolveMoment } from './moment.ts';
import { keyToken, tokenKey } from './key-token.ts';
import { askedScope, type PastTools } from './past-access.ts';
import { anyVersionOf, headRevision } from './past-moment.ts';

/**
 * Answers how an object, a kind, a namespace or the cluster differ between two moments, object for object in key order
 * (docs/history-api.md). `?to=` is the present unless it is given.
 */
export async function answerDiff(
  { context, authorizer }: PastTools,
  exchange: Exchange,
  user: User,
  request: PathRequest,
): Promise<Rejection | undefined> {
  const covered = askedScope(authorizer, user, request);
  if (isRejection(covered)) return covered;
  const { scope, access } = covered;
  const { storage = 'forever', resource = '' } = anyVersionOf(scope.group ?? '', scope.resource ?? '') ?? {};
  if (storage !== 'forever') return badRequest(`${resource} are not kept for ever and cannot be compared`);
  const { query } = request;
  const asked = integerOf(query, 'limit');
  if (isRejection(asked)) return asked;
  const limit = Math.min(asked === undefined || asked === 0 ? limits.diffObjectsCount : asked, limits.diffObjectsCount);
  const token = query.get('continue') ?? '';
  const afterKey = token === '' ? undefined : tokenKey(token);
  if (isRejection(afterKey)) return afterKey;
  const moments = await momentsOf(context, query, exchange.signal);
  if (isRejection(moments)) return moments;

  const { objects, more } = await context.readModel.changedObjects({
    ...scope,
    ...access,
    ...moments,
    ...(afterKey === undefined ? {} : { afterKey }),
    limit,
  });
  const showing = { bookkeeping: isTrue(query.get('bookkeeping')), encrypts: context.encrypts };
  const items = objects
    .map((pair) => objectDifference(pair, showing))
    .filter((one): one is ObjectDifference => one !== undefined);
  const last: ObjectKey | undefined = more ? objects.at(-1)?.key : undefined;
  const metadata = {
    from: String(moments.from),
    to: String(moments.to),
    ...(last === undefined ? {} : { continue: keyToken(last) }),
  };
  answerValue(exchange, 200, PLAIN_JSON, { kind: 'Diff', apiVersion: 'taffrail.dev/v1', metadata, items });
  return undefined;
}

/** The two revisions that are compared, the earlier one first or not. */
async function momentsOf(
  context: ApiContext,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<{ readonly rejected?: never; readonly from: Revision; readonly to: Revision } | Rejection> {
  const asked = { from: momentIn(query, 'from'), to: momentIn(query, 'to') };
  if (isRejection(asked.from)) return asked.from;
  if (isRejection(asked.to)) return asked.to;
  if (asked.from === undefined) return badRequest('from is required: the moment to compare with');
  const from = await resolveMoment(context, asked.from, signal);
  if (isRejection(from)) return from;
  if (asked.to === undefined) return { from: from.revision, to: await headRevision(context, signal) };
  const to = await resolveMoment(context, asked.to, signal);
  if (isRejection(to)) return to;
  if (to.revision < from.revision) return badRequest('to lies before from: swap them');
  return { from: from.revision, to: to.revision };
}

import { revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { causeChain, consequenceTree, type Told } from '@taffrail/history/why';
import { badRequest, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { RecordedChange } from '@taffrail/projection/read-model';
import type { User } from '../auth/identity.ts';
import { answerValue } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import { isTrue, type PathRequest } from '../http/parsed-request.ts';
import { UNKNOWN_RESOURCE } from '../http/rejections.ts';
import { momentIn } from './history-query.ts';
import { integerOf } from './list-options.ts';
import { askedScope, mayRead, type PastScope, type PastTools } from './past-access.ts';
import { anyVersionOf, revisionAt, untilProjected } from './past-moment.ts';
import { logOf } from './watch-backlog.ts';

/**
 * Answers why an object is as it is: the chain of causes of its newest change, or of its last one at a moment; with
 * `?forward=true` what came of that change (docs/history-api.md). Of changes of objects that the user may not read only
 * that they were there is told.
 */
export async function answerWhy(
  { context, authorizer }: PastTools,
  exchange: Exchange,
  user: User,
  request: PathRequest,
): Promise<Rejection | undefined> {
  const covered = askedScope(authorizer, user, request);
  if (isRejection(covered)) return covered;
  const { scope } = covered;
  if (scope.name === undefined) return UNKNOWN_RESOURCE;
  const options = whyOptions(request.query);
  if (isRejection(options)) return options;
  const definition = anyVersionOf(scope.group ?? '', scope.resource ?? '');
  if (definition?.storage === 'latest') return badRequest(`${definition.resource} have no history`);
  await untilProjected(context, definition, exchange.signal);

  const { readModel } = context;
  const log = definition === undefined ? 'LOG' : logOf(definition);
  const at = options.at === undefined ? undefined : ((await revisionAt(context, log, options.at)) ?? 0);
  const query = { log, ...scope, ...(at === undefined ? {} : { before: revision(at + 1) }) };
  const change = await explained(readModel, query, options.forward);
  if (change === undefined) return noChange(scope);
  const told: Told = { mayShow: ({ event }) => mayRead(authorizer, user, event), encrypts: context.encrypts };
  if (!options.forward) {
    const found = await readModel.causes({ log, at: change.event.revision, limit: options.depth });
    answerValue(exchange, 200, PLAIN_JSON, { ...headOf('Why'), ...causeChain(found, told) });
    return undefined;
  }
  const read = (of: readonly RecordedChange[], limitEach: number) =>
    readModel.consequences({ of: of.map(({ event }) => event.revision), limitEach });
  const bounds = { depth: options.depth, width: options.width, count: limits.consequencesCount };
  const tree = await consequenceTree(change, read, bounds, told);
  answerValue(exchange, 200, PLAIN_JSON, { ...headOf('Consequences'), ...tree });
  return undefined;
}

function headOf(kind: string) {
  return { kind, apiVersion: 'taffrail.dev/v1', metadata: {} };
}

function whyOptions(query: URLSearchParams) {
  const at = momentIn(query, 'at');
  if (isRejection(at)) return at;
  const depth = integerOf(query, 'depth');
  if (isRejection(depth)) return depth;
  const width = integerOf(query, 'width');
  if (isRejection(width)) return width;
  return {
    at,
    forward: isTrue(query.get('forward')),
    depth: atMost(depth, limits.causesCount),
    width: atMost(width, limits.consequencesEachCount),
  };
}

function atMost(asked: number | undefined, bound: number): number {
  return asked === undefined || asked === 0 ? bound : Math.min(asked, bound);
}

/** The change that is asked about: the newest; where consequences are wanted the newest that may have any. */
async function explained(
  readModel: PastTools['context']['readModel'],
  query: Omit<Parameters<PastTools['context']['readModel']['changes']>[0], 'limit'>,
  forward: boolean,
): Promise<RecordedChange | undefined> {
  const { changes } = await readModel.changes({ ...query, limit: forward ? limits.historyReadCount : 1 });
  // What a status says is what came of a change.
  return (forward ? changes.find(({ event }) => event.request.subresource !== 'status') : undefined) ?? changes[0];
}

function noChange({ group = '', resource = '', name = '' }: PastScope): Rejection {
  return notFound({ group, resource, name });
}

import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { PastAddress } from '../http/past-address.ts';
import type { ParsedRequest } from '../http/parsed-request.ts';
import { isConnection } from './connect.ts';
import type { ApiContext } from './context.ts';
import { parseMoment, resolveMoment, type AskedMoment, type Moment } from './moment.ts';
import { pastClock } from './past-clock.ts';
import { pastView } from './past-view.ts';
import type { AskedReplay } from './past-watch.ts';

/** What a request to a past moment asks for, understood; the moment itself is looked up when the request is allowed. */
export interface PastRequest {
  readonly address: PastAddress;
  readonly asked: AskedMoment;
  readonly replay: AskedReplay;
}

const PARAMETERS = ['speed', 'until'];

/** Understands the address of a past moment; 400 for what is none. */
export function pastRequest(address: PastAddress): PastRequest | Rejection {
  const { moment, parameters } = address;
  const asked = parseMoment(moment);
  if (isRejection(asked)) return asked;
  const unknown = [...parameters.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined) return badRequest(`/at/<moment> takes ;speed= and ;until=, not ;${unknown}`);
  return { address, asked, replay: { speed: parameters.get('speed') ?? '', until: parameters.get('until') ?? '' } };
}

/** Groups whose kinds are questions, not objects: they are answered as of now, also where the past is read. */
const REVIEWS = ['authentication.k8s.io', 'authorization.k8s.io'];

/** Whether a request is a question about the one who asks. */
function isReview(request: ParsedRequest): boolean {
  return request.type === 'resource' && request.verb === 'create' && REVIEWS.includes(request.group);
}

/** Why a request has no meaning at a past moment: 405; undefined for one that reads. */
export function pastRefusal(request: ParsedRequest): Rejection | undefined {
  if (request.type === 'path') {
    return ['get', 'head', 'options'].includes(request.verb) ? undefined : readOnly();
  }
  if (isReview(request)) return undefined;
  if (request.subresource === 'log' || isConnection(request.subresource)) {
    return notAllowed(
      `${request.resource}/${request.subresource} leads to containers, which are in no log: ask the present`,
    );
  }
  if (request.resource === 'componentstatuses') return notAllowed('how components were is in no log: ask the present');
  return ['get', 'list', 'watch'].includes(request.verb) ? undefined : readOnly();
}

function readOnly(): Rejection {
  return notAllowed('what has been cannot be changed: /at/<moment> is read only, write to the same path without it');
}

function notAllowed(message: string): Rejection {
  return { rejected: true, reason: 'MethodNotAllowed', code: 405, message, details: {} };
}

/** The context of a past moment: the present one with another view. Answers carry the moment from now on. */
export async function pastContext(
  context: ApiContext,
  { address, asked, replay }: PastRequest,
): Promise<ApiContext | Rejection> {
  const { exchange } = address;
  const moment = await resolveMoment(context, asked, exchange.signal);
  if (isRejection(moment)) return moment;
  exchange.date(headersOf(moment));
  return { ...context, view: pastView(moment, pastClock(context.clock, moment.timeMs), replay) };
}

function headersOf({ revision, timeMs }: Moment): Readonly<Record<string, string>> {
  return { 'taffrail-revision': String(revision), 'taffrail-time': new Date(timeMs).toISOString() };
}

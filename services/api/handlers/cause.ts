import { parseRevision } from '@taffrail/platform/brand';
import { newUid, type Random } from '@taffrail/platform/random';
import { isTraceparent, unrecordedTraceparent } from '@taffrail/platform/traceparent';
import type { Cause } from '@taffrail/log/event';
import { isComponent, nodeOf, type User } from '../auth/identity.ts';
import type { Exchange } from '../http/exchange.ts';

/** The headers our own components say their causes in. */
export const CAUSE_HEADER = 'taffrail-cause';
export const CORRELATION_HEADER = 'taffrail-correlation';

/**
 * Why a write is made. Our own components say what made them act; anyone else's request starts a chain of its own,
 * so that nobody can put words into another's history. `recorded` is the request's own span, '' when there is none: what
 * follows from the write is part of its trace.
 */
export function causeOf(exchange: Exchange, user: User, random: Random, recorded: string): Cause {
  if (!isComponent(user)) {
    return { correlation: newUid(random), traceparent: recorded === '' ? unrecordedTraceparent(random) : recorded };
  }
  const revisionText = exchange.header(CAUSE_HEADER);
  const revision = revisionText === undefined ? undefined : parseRevision(revisionText);
  const sent = exchange.header('traceparent') ?? '';
  const traceparent = recorded === '' ? sent : recorded;
  return {
    ...(revision === undefined || revision === 0 ? {} : { revision }),
    correlation: correlationOf(exchange, user, revision, random),
    traceparent: isTraceparent(traceparent) ? traceparent : unrecordedTraceparent(random),
  };
}

/** What a node does without saying why, it does on its own account: a chain begins with its report. */
function correlationOf(exchange: Exchange, user: User, revision: number | undefined, random: Random): string {
  const said = exchange.header(CORRELATION_HEADER) ?? '';
  if (/^[\w.:-]{1,320}$/.test(said)) return said;
  const node = nodeOf(user);
  return node === undefined || revision !== undefined ? newUid(random) : `report:${node}:${newUid(random)}`;
}

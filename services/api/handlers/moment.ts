import { assert } from '@taffrail/platform/assert';
import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { parseRfc3339 } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { badRequest, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { findResource } from '@taffrail/resources/registry';
import type { ApiContext } from './context.ts';
import { waitForProjection } from './projected.ts';

/** A moment as it was asked for: `text` is what the client wrote. */
export type AskedMoment =
  | { readonly type: 'revision'; readonly text: string; readonly revision: Revision }
  | { readonly type: 'time'; readonly text: string; readonly timeMs: number };

/** A moment of the cluster that has been. */
export interface Moment {
  /** Where LOG stood. */
  readonly revision: Revision;
  /** The time that was asked for, or the commit's time of the revision that was, epoch milliseconds. */
  readonly timeMs: number;
}

/** Reads a moment: a revision, or a time as RFC 3339 writes it. */
export function parseMoment(text: string): AskedMoment | Rejection {
  const revision = parseRevision(text);
  if (revision !== undefined) return { type: 'revision', text, revision };
  const timeMs = parseRfc3339(text.toUpperCase());
  if (timeMs !== undefined) return { type: 'time', text, timeMs };
  return badRequest(
    `${JSON.stringify(text)} is no moment: neither a revision (a resourceVersion) nor a time like 2026-11-21T09:00:00Z`,
  );
}

/** The log the revisions of a moment are of, by one of the resources that live in it. */
const MEASURE: ResourceDefinition = definitionOf('namespaces');
const WINDOW: ResourceDefinition = definitionOf('events');

function definitionOf(resource: string): ResourceDefinition {
  const found = findResource('', 'v1', resource);
  assert(found !== undefined, `${resource} are served`);
  return found;
}

/**
 * The moment that is meant: of a revision the end of its transaction, of a time the last commit not later than it. 400 for
 * one that has not been yet and one before the log began. Throws OperatingError `unavailable` without Postgres, `timeout`
 * where the projection is far behind.
 */
export async function resolveMoment(
  context: ApiContext,
  asked: AskedMoment,
  signal: AbortSignal,
): Promise<Moment | Rejection> {
  const { readModel } = context;
  if (asked.type === 'time') {
    const early = await untilSettled(context, asked, signal);
    if (early !== undefined) return early;
    await projectedBeyond(context, MEASURE, asked.timeMs, signal);
    const found = await readModel.momentAtTime('LOG', asked.timeMs);
    return found === undefined ? beforeTheLog(context, asked) : { revision: found.revision, timeMs: asked.timeMs };
  }
  const { revision } = asked;
  if (context.state.revision(MEASURE) < revision) await context.state.confirm(MEASURE, signal);
  const head = context.state.revision(MEASURE);
  if (head < revision) return badRequest(`revision ${revision} lies in the future: the log stands at ${head}`);
  await waitForProjection(context, 'LOG', revision, signal);
  return (await readModel.momentAtRevision('LOG', revision)) ?? beforeTheLog(context, asked);
}

/** Where the log of Events stood at a moment; undefined before its first commit. */
export async function windowRevision(
  context: ApiContext,
  { timeMs }: Moment,
  signal: AbortSignal,
): Promise<Revision | undefined> {
  await projectedBeyond(context, WINDOW, timeMs, signal);
  return (await context.readModel.momentAtTime('EVENTS', timeMs))?.revision;
}

/** A commit that is on its way carries a time that has passed: what is young is looked at when that has settled. */
async function untilSettled(
  { clock }: ApiContext,
  { text, timeMs }: AskedMoment & { readonly type: 'time' },
  signal: AbortSignal,
): Promise<Rejection | undefined> {
  const ageMs = clock.nowMs() - timeMs;
  if (ageMs < 0) return badRequest(`${text} lies in the future: it is ${new Date(clock.nowMs()).toISOString()}`);
  if (ageMs < limits.momentSettleMs) await clock.sleep(limits.momentSettleMs - ageMs, signal);
  return undefined;
}

/** Waits until everything not later than a time is projected. */
async function projectedBeyond(
  context: ApiContext,
  definition: ResourceDefinition,
  timeMs: number,
  signal: AbortSignal,
): Promise<void> {
  const log = definition === MEASURE ? 'LOG' : 'EVENTS';
  const position = await context.readModel.position(log);
  if (position !== undefined && position.timeMs > timeMs) return;
  await context.state.confirm(definition, signal);
  await waitForProjection(context, log, context.state.revision(definition), signal);
}

async function beforeTheLog({ readModel }: ApiContext, { text }: AskedMoment): Promise<Rejection> {
  const first = await readModel.beginning('LOG');
  const where =
    first === undefined ? '' : `, which began at revision ${first.revision} (${new Date(first.timeMs).toISOString()})`;
  return badRequest(`${text} lies before the beginning of the log${where}`);
}

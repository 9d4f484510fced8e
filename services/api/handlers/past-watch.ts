import { assertNever } from '@taffrail/platform/assert';
import { revision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { Watched } from '../encoding/encoding.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { parseMoment, resolveMoment, windowRevision, type Moment } from './moment.ts';
import { paceOf } from './pace.ts';
import type { PastClock } from './past-clock.ts';
import { pastObjects } from './past-page.ts';
import { waitForProjection } from './projected.ts';
import type { AskedWatch } from './read-view.ts';
import { startReplay, type Route } from './replay.ts';
import { logOf } from './watch-backlog.ts';
import { openWatcher } from './watch-stream.ts';
import { waitForRevision } from './wait-for-revision.ts';
import type { Watcher } from './watcher.ts';

/** How a watch of the past is to go on, as the address or the query says: '' where neither does. */
export interface AskedReplay {
  readonly speed: string;
  readonly until: string;
}

export interface PastPlace {
  readonly moment: Moment;
  /** Where the resource stood at the moment; undefined where nothing of it is kept. */
  readonly place: Revision | undefined;
  readonly clock: PastClock;
  readonly asked: AskedReplay;
}

/**
 * Streams what followed a moment: its objects, unless the client knows them already, then every change since, as fast as
 * the client reads or at the pace it asks for, up to a moment it names or into the present.
 */
export async function watchPast(
  context: ApiContext,
  call: ResourceCall,
  watch: AskedWatch,
  { moment, place, clock, asked }: PastPlace,
): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const { signal } = exchange;
  const speed = speedOf(request.query.get('speed') ?? asked.speed);
  if (isRejection(speed)) return speed;
  const until = await endOf(context, call, request.query.get('until') ?? asked.until);
  if (isRejection(until)) return until;
  const { after, sendInitialEvents, allowBookmarks } = watch.options;
  const resumed = after !== undefined && after > 0;
  const at = resumed ? after : (place ?? moment.revision);
  if (until !== undefined && until.revision < at) return badRequest('until lies before where the watch begins');
  if (place !== undefined && resumed) {
    const late = await waitForRevision(context, definition, at, signal);
    if (late !== undefined) return late;
    await waitForProjection(context, logOf(definition), at, signal);
  }
  const startMs = at === place || place === undefined ? moment.timeMs : await timeOf(context, call, at, moment);
  clock.show(startMs);

  let told: Revision | undefined;
  const watcher = openWatcher(context, call, watch, at, () => told);
  if (sendInitialEvents ?? !resumed) {
    const cut = { revision: at, limit: 0, from: undefined, selection: watch.selection };
    if (place !== undefined) await tellObjects(watcher, pastObjects(context, call, cut));
    if (sendInitialEvents === true && allowBookmarks) watcher.endInitialEvents(at);
  }
  told = at;
  // Of what is not kept nothing follows, and where time stands still nothing ever does.
  if (place === undefined || speed === 0) {
    if (until !== undefined && speed !== 0) watcher.end();
    return undefined;
  }
  const route: Route = {
    watcher,
    from: at,
    ...(speed === undefined ? {} : { pace: paceOf(context.clock, startMs, speed) }),
    ...(until === undefined ? {} : { until }),
    onProgress(reached, timeMs) {
      told = reached;
      clock.show(timeMs);
    },
    onLive: () => clock.show(undefined),
  };
  startReplay(context, call, watch, route);
  return undefined;
}

/** Writes what was there, some at a time. */
async function tellObjects(watcher: Watcher, objects: ReturnType<typeof pastObjects>): Promise<void> {
  let some: Watched[] = [];
  for await (const { object } of objects) {
    if (some.push(object) < limits.watchBacklogCount) continue;
    await watcher.write('ADDED', some);
    if (watcher.closed) return;
    some = [];
  }
  await watcher.write('ADDED', some);
}

/** Undefined: as fast as the client reads; 0: time stands still. */
function speedOf(text: string): number | undefined | Rejection {
  if (text === '') return undefined;
  const speed = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (speed === 0 || (speed >= 0.001 && speed <= limits.replaySpeed)) return speed;
  return badRequest(
    `speed is 0 (time stands still) or a number from 0.001 to ${limits.replaySpeed} (1: as it went), not ${JSON.stringify(text)}`,
  );
}

/** Where a watch is to end, in the revisions of its resource; undefined: nowhere. */
async function endOf(context: ApiContext, call: ResourceCall, text: string): Promise<Route['until'] | Rejection> {
  const { definition, exchange } = call;
  if (text === '') return undefined;
  if (text === 'now') {
    await context.state.confirm(definition, exchange.signal);
    return { revision: context.state.revision(definition), timeMs: context.clock.nowMs() };
  }
  const asked = parseMoment(text);
  if (isRejection(asked)) return badRequest(`until: ${asked.message}`);
  const moment = await resolveMoment(context, asked, exchange.signal);
  if (isRejection(moment)) return badRequest(`until: ${moment.message}`);
  switch (definition.storage) {
    case 'forever':
    case 'latest':
      return moment;
    case 'window':
      return {
        revision: (await windowRevision(context, moment, exchange.signal)) ?? revision(0),
        timeMs: moment.timeMs,
      };
    default:
      return assertNever(definition.storage);
  }
}

async function timeOf(
  context: ApiContext,
  { definition }: ResourceCall,
  at: Revision,
  moment: Moment,
): Promise<number> {
  return (await context.readModel.momentAtRevision(logOf(definition), at))?.timeMs ?? moment.timeMs;
}

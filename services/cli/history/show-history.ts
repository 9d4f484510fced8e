import { connectNats } from '@taffrail/log/connect';
import type { LogEvent } from '@taffrail/log/event';
import { streamInfo } from '@taffrail/log/stream';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { componentLogger } from '@taffrail/platform/logger';
import { openReadModel } from '@taffrail/projection/postgres-read-model';
import type { ReadModel } from '@taffrail/projection/read-model';
import type { ObjectKey } from '@taffrail/resources/object';
import type { ClusterRecord } from '../cluster/cluster-record.ts';
import { changeLine, changeOf, type Change } from './change.ts';
import { namedObject } from './named-object.ts';

export interface HistoryRequest {
  /** KIND/NAME. */
  readonly text: string;
  readonly namespace: string;
  readonly limit: number;
  readonly output: 'text' | 'json';
}

/** Prints the history of an object. Throws OperatingError `unavailable` when there is none to print as text. */
export async function showHistory(
  { natsUrl, databaseUrl }: ClusterRecord,
  { text, namespace, limit, output }: HistoryRequest,
): Promise<void> {
  const { definition, name } = namedObject(text);
  const { group, resource, storage, namespaced } = definition;
  if (storage === 'latest') {
    throw new OperatingError('unavailable', `${resource} keep their last value only: they have no history`);
  }
  const key = { group, resource, namespace: namespaced ? namespace : '', name };
  const model = openReadModel(databaseUrl);
  try {
    await untilProjected(model, natsUrl, storage === 'window' ? 'EVENTS' : 'LOG');
    print(await changesOf(model, key, limit), key, output);
  } finally {
    await model.close();
  }
}

/** Waits until the projection has what the log had when we asked, so that a change made before this command is shown. */
async function untilProjected(model: ReadModel, natsUrl: string, log: string): Promise<void> {
  const signal = AbortSignal.timeout(limits.waitForRevisionMs);
  try {
    const link = await connectNats({
      url: natsUrl,
      name: 'taffrail-history',
      clock: systemClock,
      logger: componentLogger('history'),
      signal,
    });
    try {
      const { state } = await streamInfo(link, log);
      while (((await model.position(log))?.sequence ?? 0) < state.last_seq) await systemClock.sleep(20, signal);
    } finally {
      await link.close();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    console.error('taffrail: the newest changes may be missing: the projection is behind the log');
  }
}

/** Changes, newest first. One event more is read to know what the oldest shown one changed. */
async function changesOf(model: ReadModel, key: ObjectKey, limit: number): Promise<readonly Change[]> {
  const events: LogEvent[] = [];
  while (events.length <= limit) {
    const before = events.at(-1)?.revision;
    const page = Math.min(limit + 1 - events.length, limits.databaseCursorCount);
    const more = await model.history({ key, limit: page, ...(before === undefined ? {} : { before }) });
    events.push(...more);
    if (more.length < page) break;
  }
  return events.slice(0, limit).map((event, index) => changeOf(event, events[index + 1]));
}

function print(changes: readonly Change[], key: ObjectKey, output: HistoryRequest['output']): void {
  if (output === 'json') {
    console.log(JSON.stringify(changes));
    return;
  }
  if (changes.length === 0) {
    const where = key.namespace === '' ? '' : ` in namespace ${key.namespace}`;
    throw new OperatingError('unavailable', `nothing named ${key.resource}/${key.name} was ever seen${where}`);
  }
  for (const change of changes.toReversed()) console.log(changeLine(change));
}

import type { Command } from 'commander';
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
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { UsageError } from '../failure.ts';
import { changeLine, changeOf, type Change } from '../history/change.ts';
import { namedObject } from '../history/named-object.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
  readonly output: string;
  readonly limit: string;
}

/** `history KIND/NAME`: who changed an object, when and how; it outlives the object. */
export function register(program: Command): void {
  withClusterOptions(
    program
      .command('history')
      .description('show every change of an object, also of one that was deleted: when, what, who and why')
      .argument('<kind/name>', 'e.g. deployment/web')
      .option('-n, --namespace <namespace>', 'namespace of the object; ignored for cluster-wide kinds', 'default')
      .option('--limit <count>', 'the newest changes only', '1000')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (text: string, options: Options) => {
    if (options.output !== 'text' && options.output !== 'json') {
      throw new UsageError(`--output is text or json, not "${options.output}"`);
    }
    const limit = Number(options.limit);
    if (!Number.isSafeInteger(limit) || limit < 1)
      throw new UsageError(`--limit is a number from 1, not "${options.limit}"`);
    const { definition, name } = namedObject(text);
    if (definition.storage === 'latest') {
      throw new OperatingError(
        'unavailable',
        `${definition.resource} keep their last value only: they have no history`,
      );
    }
    const namespace = definition.namespaced ? options.namespace : '';
    const key = { group: definition.group, resource: definition.resource, namespace, name };
    const { record } = findLocalCluster(options);
    const model = openReadModel(record.databaseUrl);
    try {
      await untilProjected(model, record.natsUrl, definition.storage === 'window' ? 'EVENTS' : 'LOG');
      print(await changesOf(model, key, limit), key, options.output);
    } finally {
      await model.close();
    }
  });
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

function print(changes: readonly Change[], key: ObjectKey, output: string): void {
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

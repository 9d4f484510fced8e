import type { Sequence } from '@taffrail/platform/brand';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import { openEvents, type ObjectOpener } from '@taffrail/log/open-events';
import { readVerified } from '@taffrail/log/verified-reader';
import { OperatingError } from '@taffrail/platform/failure';
import type { ProjectedObject, ReadModel } from '@taffrail/projection/read-model';

/** A read model that folds whole logs in memory each time it is asked; `available` can be switched off to play a dead Postgres. */
export interface MemoryReadModel extends ReadModel {
  available: boolean;
}

export function memoryReadModel(logs: Readonly<Record<string, CommitLog>>, opener: ObjectOpener): MemoryReadModel {
  const commits = async (log: string): Promise<readonly Commit[]> => {
    if (!model.available) throw new OperatingError('unavailable', 'Postgres does not answer');
    const from = logs[log];
    if (from === undefined) return [];
    const until: Sequence = (await from.head()).sequence;
    const all: Commit[] = [];
    for await (const commit of readVerified(from, {
      start: { at: 'genesis' },
      until,
      signal: AbortSignal.timeout(5000),
    })) {
      all.push(commit);
    }
    return all;
  };
  const events = async (): Promise<readonly LogEvent[]> =>
    await openEvents(
      opener,
      (await Promise.all(Object.keys(logs).map(commits))).flat().flatMap((commit) => commit.events),
    );

  const model: MemoryReadModel = {
    available: true,
    async position(log) {
      const last = (await commits(log)).at(-1);
      return last === undefined ? undefined : { log, sequence: last.sequence, hash: last.hash, timeMs: last.timeMs };
    },
    async liveObjects() {
      throw new OperatingError('unavailable', 'this read model is for the past only');
    },
    async history({ key, limit, before }) {
      const all = (await events()).filter(
        (event) =>
          event.group === key.group &&
          event.resource === key.resource &&
          event.namespace === key.namespace &&
          event.name === key.name &&
          (before === undefined || event.revision < before),
      );
      return all.toReversed().slice(0, limit);
    },
    async eventsAfter({ group, resource }, namespace, after, limit) {
      return (await events())
        .filter((event) => event.group === group && event.resource === resource && event.revision > after)
        .filter((event) => namespace === undefined || event.namespace === namespace)
        .slice(0, limit);
    },
    async objectsAt({ definition, namespace, at, after, limit }) {
      const live = new Map<string, ProjectedObject>();
      for (const event of await events()) {
        if (event.group !== definition.group || event.resource !== definition.resource || event.revision > at) continue;
        if (namespace !== undefined && event.namespace !== namespace) continue;
        const name = `${event.namespace}\0${event.name}`;
        if (event.verb === 'deleted') live.delete(name);
        else live.set(name, projected(event));
      }
      const from = after === undefined ? '' : `${after.namespace}\0${after.name}`;
      return [...live.entries()]
        .filter(([name]) => name > from)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([, object]) => object);
    },
    async close() {
      model.available = false;
    },
  };
  return model;
}

function projected(event: LogEvent): ProjectedObject {
  const { group, resource, namespace, name, version, uid, revision, object } = event;
  return {
    key: { group, resource, namespace, name },
    version,
    uid,
    revision,
    createdRevision: revision,
    stored: object,
  };
}

import { revisionOf, sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import { openEvents, type ObjectOpener } from '@taffrail/log/open-events';
import { readVerified } from '@taffrail/log/verified-reader';
import { OperatingError } from '@taffrail/platform/failure';
import type { ChangesQuery, ProjectedObject, ReadModel, RecordedChange } from '@taffrail/projection/read-model';
import type { ObjectKey } from '@taffrail/resources/object';

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

  /** The changes of a log with what was before. */
  const recorded = async (log = 'LOG'): Promise<readonly RecordedChange[]> => {
    const all = await openEvents(
      opener,
      (await commits(log)).flatMap((commit) => commit.events),
    );
    const byRevision = new Map(all.map((event) => [event.revision, event]));
    return all.map((event) => {
      const before = byRevision.get(event.previousRevision);
      return { event, ...(before === undefined ? {} : { before: before.object }) };
    });
  };

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
    async objectsAt({ definition, namespace, name: only, at, after, limit }) {
      const live = new Map<string, ProjectedObject>();
      for (const event of await events()) {
        if (event.group !== definition.group || event.resource !== definition.resource || event.revision > at) continue;
        if (namespace !== undefined && event.namespace !== namespace) continue;
        if (only !== undefined && event.name !== only) continue;
        const name = `${event.namespace}\0${event.name}`;
        if (event.verb === 'deleted') live.delete(name);
        else live.set(name, projected(event));
      }
      const from = after === undefined ? '' : `${after.namespace}\0${after.name}`;
      const found = [...live.entries()]
        .filter(([name]) => name > from)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, object]) => object);
      return { objects: found.slice(0, limit), more: found.length > limit };
    },
    async beginning(log) {
      const first = (await commits(log))[0];
      return first === undefined ? undefined : { revision: endOf(first), timeMs: first.timeMs };
    },
    async momentAtTime(log, timeMs) {
      const last = (await commits(log)).findLast((commit) => commit.timeMs <= timeMs);
      return last === undefined ? undefined : { revision: endOf(last), timeMs: last.timeMs };
    },
    async momentAtRevision(log, at) {
      const commit = (await commits(log)).findLast(({ sequence }) => sequence <= sequenceOf(at));
      if (commit === undefined) return undefined;
      const event = commit.events.find(({ revision }) => revision === at);
      return {
        revision: event === undefined ? at : revisionOf(commit.sequence, event.transactionEnd),
        timeMs: commit.timeMs,
      };
    },
    async changes(query) {
      const all = await recorded(query.log);
      const asked = all.filter((change) => isAsked(change.event, query)).toReversed();
      return { changes: asked.slice(0, query.limit), more: asked.length > query.limit };
    },
    async causes({ log, at, limit }) {
      const all = new Map((await recorded(log)).map((change) => [change.event.revision, change]));
      const chain: RecordedChange[] = [];
      for (let next = all.get(at); next !== undefined && chain.length < limit;) {
        chain.push(next);
        const { revision } = next.event.cause;
        next = revision === undefined ? undefined : all.get(revision);
      }
      return chain;
    },
    async consequences({ of, limitEach }) {
      const all = await recorded();
      const causedBy = (at: Revision) => all.filter(({ event }) => event.cause.revision === at).slice(0, limitEach);
      return of.flatMap(causedBy).toSorted((a, b) => a.event.revision - b.event.revision);
    },
    async changedObjects({ from, to, afterKey, limit, ...scope }) {
      const all = (await events()).filter((event) => isSelected(event, { ...scope, log: 'LOG' }));
      const touched = all.filter(({ revision }) => revision > from && revision <= to).map(keyOf);
      const keys = new Map(touched.map((key) => [sortText(key), key]));
      const after = afterKey === undefined ? '' : sortText(afterKey);
      const states = [...keys].filter(([text]) => text > after).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const stateAt = (text: string, at: number): ProjectedObject | undefined => {
        const last = all.findLast((event) => sortText(keyOf(event)) === text && event.revision <= at);
        return last === undefined || last.verb === 'deleted' ? undefined : projected(last);
      };
      const objects = states.slice(0, limit).map(([text, key]) => {
        const [before, now] = [stateAt(text, from), stateAt(text, to)];
        return { key, ...(before === undefined ? {} : { from: before }), ...(now === undefined ? {} : { to: now }) };
      });
      return { objects, more: states.length > limit };
    },
    async close() {
      model.available = false;
    },
  };
  return model;
}

function endOf({ sequence, events }: Commit): Revision {
  return revisionOf(sequence, Math.max(events.length - 1, 0));
}

function isAsked(event: LogEvent, query: Omit<ChangesQuery, 'limit'>): boolean {
  const { namespace = '', resource } = query;
  const itself = { ...query, group: '', resource: 'namespaces', namespace: '', name: namespace };
  return isSelected(event, query) || (namespace !== '' && resource === undefined && isSelected(event, itself));
}

function isSelected(event: LogEvent, query: Omit<ChangesQuery, 'limit'>): boolean {
  const { after, before, resources } = query;
  return (
    (['group', 'resource', 'namespace', 'name', 'uid'] as const).every(
      (member) => query[member] === undefined || query[member] === event[member],
    ) &&
    (query.user === undefined || query.user === event.actor.user) &&
    (resources === undefined || resources.includes(`${event.group}/${event.resource}`)) &&
    (after === undefined || event.revision > after) &&
    (before === undefined || event.revision < before)
  );
}

function keyOf({ group, resource, namespace, name }: LogEvent): ObjectKey {
  return { group, resource, namespace, name };
}

/** Sorts keys as Postgres does: member by member. */
function sortText({ group, resource, namespace, name }: ObjectKey): string {
  return [group, resource, namespace, name].join('\0');
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

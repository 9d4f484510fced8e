import { revision, sequence, uid } from '@taffrail/platform/brand';
import { COMMIT_FORMAT, type Commit, type CommitDraft } from '../commit.ts';
import { decodeCommit, encodeCommit } from '../commit-codec.ts';
import type { EventDraft } from '../event.ts';
import { ZERO_HASH } from '../hash-chain.ts';
import { encodeObject } from '../object-bytes.ts';

/** For tests: the creation of a ConfigMap, with whatever is to be different. */
export function draftEvent(changes: Partial<EventDraft> = {}): EventDraft {
  const name = changes.name ?? 'a';
  const namespace = changes.namespace ?? 'default';
  return {
    verb: 'created',
    group: '',
    version: 'v1',
    resource: 'configmaps',
    namespace,
    name,
    uid: uid(`uid-of-${name}`),
    previousRevision: revision(0),
    object: encodeObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, namespace }, data: { k: 'v' } }),
    actor: {
      user: 'alice',
      groups: ['system:masters'],
      userAgent: 'kubectl',
      address: '127.0.0.1',
      fieldManager: 'kubectl',
    },
    cause: { correlation: 'c-1', traceparent: '' },
    request: { verb: 'create', subresource: '' },
    transactionStart: 0,
    transactionEnd: 0,
    ...changes,
  };
}

/** For tests: a commit of `events` behind `previous`, or a genesis when both are left out. */
export function draftCommit(previous?: Commit, events: readonly EventDraft[] = []): CommitDraft {
  const at = sequence((previous?.sequence ?? 0) + 1);
  return {
    format: COMMIT_FORMAT,
    sequence: at,
    previousHash: previous?.hash ?? ZERO_HASH,
    timeMs: (previous?.timeMs ?? 1_700_000_000_000) + 10,
    ...(previous === undefined
      ? { genesis: { incarnation: 'test', previousSegmentSequence: sequence(0), previousSegmentHash: ZERO_HASH } }
      : {}),
    events: events.map((event, index) => ({ ...event, transactionStart: index, transactionEnd: index })),
  };
}

/** For tests: a chain of commits, a genesis and then one commit for each list of events. */
export function commitChain(...lists: readonly (readonly EventDraft[])[]): readonly Commit[] {
  const commits = [decodeCommit(encodeCommit(draftCommit()))];
  for (const events of lists) commits.push(decodeCommit(encodeCommit(draftCommit(commits.at(-1), events))));
  return commits;
}

import type { LogEvent } from '@taffrail/log/event';
import type { JsonValue } from '@taffrail/resources/json';
import { withoutSecrets } from './hidden-values.ts';
import { changesInWords, objectChanges, type ObjectChange } from './object-changes.ts';

/** One change of an object's history, as `history -o json` prints it. */
export interface Change {
  readonly revision: string;
  readonly time: string;
  readonly verb: LogEvent['verb'];
  readonly uid: string;
  readonly user: string;
  readonly groups: readonly string[];
  readonly fieldManager: string;
  readonly userAgent: string;
  readonly address: string;
  readonly request: { readonly verb: string; readonly subresource: string };
  /** The revision that made a controller act; absent for what a user began. */
  readonly cause?: string;
  readonly correlation: string;
  readonly changes: readonly ObjectChange[];
}

/** The change an event made. `previous` is the event before it of the same object; absent for a creation. */
export function changeOf(event: LogEvent, previous: LogEvent | undefined): Change {
  const { actor, cause, request } = event;
  return {
    revision: String(event.revision),
    time: new Date(event.timeMs).toISOString(),
    verb: event.verb,
    uid: event.uid,
    user: actor.user,
    groups: actor.groups,
    fieldManager: actor.fieldManager,
    userAgent: actor.userAgent,
    address: actor.address,
    request,
    ...(cause.revision === undefined ? {} : { cause: String(cause.revision) }),
    correlation: cause.correlation,
    changes:
      event.verb === 'updated' && previous !== undefined
        ? withoutSecrets(event, objectChanges(body(previous), body(event)))
        : [],
  };
}

function body({ object }: LogEvent): JsonValue {
  return JSON.parse(Buffer.from(object.buffer, object.byteOffset, object.byteLength).toString()) as JsonValue;
}

/** One readable line: `4096  2026-11-21 09:00:00  updated  replicas 3 → 5 by kubernetes-admin (kubectl scale)`. */
export function changeLine(change: Change): string {
  const what = change.verb === 'updated' ? changesInWords(change.changes) || 'no field changed' : '';
  const who = `by ${change.user} (${programOf(change)})`;
  const why = change.cause === undefined ? '' : ` because of ${change.cause}`;
  const time = change.time.slice(0, 19).replace('T', ' ');
  return [change.revision, time, change.verb, `${what} ${who}${why}`.trim()].join('  ');
}

/** What program acted and what it asked for: `kubectl scale`, `deployment-controller update`. */
function programOf({ fieldManager, userAgent, request }: Change): string {
  const program = fieldManager === '' ? (userAgent.split('/')[0] ?? '') : fieldManager;
  if (program.startsWith('kubectl-')) return program.replace('-', ' ');
  const asked = request.subresource === '' ? request.verb : request.subresource;
  return program === '' ? asked : `${program} ${asked}`;
}

import { assertNever } from '@taffrail/platform/assert';
import type { LogEvent } from '@taffrail/log/event';

/** What began a chain of causes. */
export type Origin =
  /** A request of a user, or of a program that speaks for itself. */
  | { readonly type: 'user'; readonly name: string }
  /** Time that passed: `name` says which timer, e.g. `deployment-controller`. */
  | { readonly type: 'timer'; readonly name: string }
  /** Something a node found out, e.g. that a container ended: `name` is the node. */
  | { readonly type: 'report'; readonly name: string }
  /** A component that came up and found what is to be done. */
  | { readonly type: 'start'; readonly name: string }
  /** The chain cannot be followed to its end: what caused it is not there, or it is longer than was asked for. */
  | { readonly type: 'unknown'; readonly name: '' };

/**
 * Components that act of themselves say so in the correlation that they open: `timer:<name>:<id>`, `report:<node>:<id>`,
 * `start:<name>:<id>`. Users cannot: the server gives their requests a correlation of its own.
 */
const SELF_STARTED = /^([a-z]+):([^:]*):/;
const SELF_STARTERS = ['timer', 'report', 'start'] as const;

/** Users under which components of the cluster write; what these do has a cause, or says what started it. */
const COMPONENT = /^system:(kube-controller-manager|kube-scheduler|apiserver|node:.*)$/;

/** Where a chain begins whose first change this is. */
export function originOf({ actor, cause }: Pick<LogEvent, 'actor' | 'cause'>): Origin {
  if (cause.revision !== undefined) return UNKNOWN;
  // Whoever lends itself a name, a component's too, is the one who began.
  if (actor.impersonator !== undefined) return { type: 'user', name: actor.impersonator };
  if (!COMPONENT.test(actor.user)) return { type: 'user', name: actor.user };
  const [, said, name = ''] = SELF_STARTED.exec(cause.correlation) ?? [];
  const type = SELF_STARTERS.find((one) => one === said);
  return type === undefined ? UNKNOWN : { type, name };
}

const UNKNOWN: Origin = Object.freeze({ type: 'unknown', name: '' });

/** An origin in words: `alice`, `a timer of deployment-controller`, `a report of node n1`. */
export function originInWords(origin: Origin): string {
  switch (origin.type) {
    case 'user':
      return origin.name;
    case 'timer':
      return `a timer of ${origin.name}`;
    case 'report':
      return `a report of node ${origin.name}`;
    case 'start':
      return `the start of ${origin.name}`;
    case 'unknown':
      return 'a cause that is not known';
    default:
      return assertNever(origin);
  }
}

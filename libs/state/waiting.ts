import { assertNever } from '@taffrail/platform/assert';
import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import type { Command, ItemCommand, RequestContext, TransactionCommand } from './command.ts';
import type { Decision } from './decide/decision.ts';
import type { LiveChange } from './evolve.ts';
import type { AcceptedObject, Outcome } from './outcome.ts';
import type { Seed } from './seed.ts';

/** A command in line, and the caller who waits for it. */
export interface Waiting {
  readonly command: Command | TransactionCommand;
  readonly request: RequestContext;
  readonly bytes: number;
  /**
   * Drawn once: when it is decided again it makes the same uids, so that the data keys that were kept for them, before a
   * commit that came to nothing, are used.
   */
  readonly seed: Seed;
  /** How often its commit lost the fence. */
  lostFences: number;
  /** Nobody waits any more; it is skipped if it is still in line. */
  abandoned: boolean;
  /** Of a collection's deletion in pieces: what earlier pieces did, by uid. */
  readonly collected: Map<string, AcceptedObject>;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

/** A command with its decision, waiting for the commit to be durable. */
export interface Member {
  readonly waiting: Waiting;
  readonly decision: Decision;
  readonly changes: readonly LiveChange[];
}

/** About how much memory a command holds: its texts and a little for each value. */
export function commandBytes(command: Command | ItemCommand | TransactionCommand): number {
  switch (command.type) {
    case 'create':
    case 'update':
    case 'apply':
      return jsonBytes(command.object);
    case 'patch':
      return jsonBytes(command.patch);
    case 'delete':
    case 'delete-collection':
      return VALUE_BYTES;
    case 'transaction':
      return command.items.reduce((sum, item) => sum + commandBytes(item.command), 0);
    default:
      return assertNever(command);
  }
}

const VALUE_BYTES = 16;

function jsonBytes(value: JsonValue | undefined): number {
  if (typeof value === 'string') return VALUE_BYTES + value.length;
  if (Array.isArray(value)) return value.reduce((sum: number, item: JsonValue) => sum + jsonBytes(item), VALUE_BYTES);
  if (!isJsonObject(value)) return VALUE_BYTES;
  let bytes = VALUE_BYTES;
  for (const name in value) bytes += name.length + jsonBytes(value[name]);
  return bytes;
}

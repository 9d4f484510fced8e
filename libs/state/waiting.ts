import { assertNever } from '@taffrail/platform/assert';
import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import type { Command, ItemCommand, RequestContext, TransactionCommand } from './command.ts';
import type { AcceptedObject, Outcome } from './outcome.ts';

/** A command in line, and the caller who waits for it. */
export interface Waiting {
  readonly command: Command | TransactionCommand;
  readonly request: RequestContext;
  readonly bytes: number;
  /** How often its commit lost the fence. */
  lostFences: number;
  /** Nobody waits any more; it is skipped if it is still in line. */
  abandoned: boolean;
  /** Of a collection's deletion in pieces: what earlier pieces did, by uid. */
  readonly collected: Map<string, AcceptedObject>;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
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

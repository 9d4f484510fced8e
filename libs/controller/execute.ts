import { assertNever } from '@taffrail/platform/assert';
import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { isJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ApiClient, type ResourceName, type WriteCause } from './api-client.ts';
import type { ControllerCommand, PlannedEvent } from './command.ts';

/** What must show in a view before a key is planned again. */
export type OwnWrite =
  /** The view of the resource has come to this revision. */
  | { readonly type: 'written'; readonly resource: ResourceName; readonly revision: Revision }
  /** The object is no longer there as it was when its deletion was asked for. */
  | {
      readonly type: 'deleted';
      readonly resource: ResourceName;
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
    };

/** A command that changes something through the API. */
export type WriteCommand = Extract<ControllerCommand, { readonly resource: ResourceName }>;

/** What a plan came to. */
export interface Execution {
  readonly writes: readonly OwnWrite[];
  /** Smallest wish to be planned again, milliseconds. */
  readonly requeueAfterMs: number | undefined;
  /** The first command that failed; the commands behind it were not tried. */
  readonly failure: { readonly command: WriteCommand; readonly error: unknown } | undefined;
}

export interface ExecutePorts {
  readonly client: ApiClient;
  record(event: PlannedEvent, cause: WriteCause): void;
}

/**
 * Carries out commands in order and makes no choice of its own. A run of creations, or of deletions, of one resource goes
 * out in batches of 1, 2, 4, …: if the API refuses the first (quota, admission), the rest is not tried.
 */
export async function execute(
  commands: readonly ControllerCommand[],
  cause: WriteCause,
  ports: ExecutePorts,
): Promise<Execution> {
  const writes: OwnWrite[] = [];
  let requeueAfterMs: number | undefined;
  for (const batch of slowStart(commands)) {
    if (batch.type === 'requeue') {
      requeueAfterMs = Math.min(requeueAfterMs ?? batch.afterMs, batch.afterMs);
      continue;
    }
    if (batch.type === 'event') {
      ports.record(batch, cause);
      continue;
    }
    const results = await Promise.allSettled(batch.commands.map((command) => write(command, cause, ports)));
    let failure: Execution['failure'];
    for (const [index, result] of results.entries()) {
      const command = batch.commands[index];
      if (command === undefined) continue;
      if (result.status === 'fulfilled') writes.push(...result.value);
      else failure ??= { command, error: result.reason };
    }
    if (failure !== undefined) return { writes, requeueAfterMs, failure };
  }
  return { writes, requeueAfterMs, failure: undefined };
}

type Step =
  | { readonly type: 'writes'; readonly commands: readonly WriteCommand[] }
  | Extract<ControllerCommand, { readonly type: 'event' | 'requeue' }>;

/** Groups commands into what may go out together. */
function* slowStart(commands: readonly ControllerCommand[]): Generator<Step> {
  let at = 0;
  while (at < commands.length) {
    const first = commands[at];
    if (first === undefined) return;
    if (first.type === 'event' || first.type === 'requeue') {
      yield first;
      at += 1;
      continue;
    }
    const run = runLength(commands, at, first);
    let size = 1;
    for (let from = at; from < at + run;) {
      const to = Math.min(from + size, at + run);
      yield { type: 'writes', commands: commands.slice(from, to) as WriteCommand[] };
      from = to;
      size = Math.min(size * 2, limits.commandBatchCount);
    }
    at += run;
  }
}

/** How many commands from `at` on are of the same kind and may overlap. Updates and patches never do. */
function runLength(commands: readonly ControllerCommand[], at: number, first: WriteCommand): number {
  if (first.type !== 'create' && first.type !== 'delete') return 1;
  let end = at + 1;
  for (; end < commands.length; end++) {
    const next = commands[end];
    if (next?.type !== first.type || next.resource.resource !== first.resource.resource) break;
  }
  return end - at;
}

async function write(command: WriteCommand, cause: WriteCause, ports: ExecutePorts): Promise<readonly OwnWrite[]> {
  const { client } = ports;
  switch (command.type) {
    case 'create': {
      const made = await client.create(
        command.resource,
        command.object.metadata.namespace ?? '',
        command.object,
        cause,
      );
      if (command.event !== undefined) ports.record(command.event, cause);
      return written(command.resource, made);
    }
    case 'update': {
      const { namespace = '', name = '' } = command.object.metadata;
      const made = await client.update(command.resource, namespace, name, command.object, cause, command.subresource);
      if (command.event !== undefined) ports.record(command.event, cause);
      return written(command.resource, made);
    }
    case 'patch': {
      const { resource, namespace, name, subresource } = command;
      const made = await client.patch(resource, namespace, name, fencedPatch(command), {
        type: 'merge',
        cause,
        ...(subresource === undefined ? {} : { subresource }),
      });
      return written(resource, made);
    }
    case 'delete': {
      const { resource, namespace, name, uid, resourceVersion } = command;
      const preconditions = { uid, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
      const options = { kind: 'DeleteOptions', apiVersion: 'v1', ...command.options, preconditions };
      try {
        await client.delete(resource, namespace, name, options, cause);
      } catch (error) {
        // Gone already is what was asked for; the view will show it.
        if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
        return [{ type: 'deleted', resource, namespace, name, uid }];
      }
      if (command.event !== undefined) ports.record(command.event, cause);
      return [{ type: 'deleted', resource, namespace, name, uid }];
    }
    case 'delete-collection':
      await client.deleteCollection(command.resource, command.namespace, { propagationPolicy: 'Background' }, cause);
      return [];
    default:
      return assertNever(command);
  }
}

function fencedPatch(command: Extract<WriteCommand, { readonly type: 'patch' }>): unknown {
  if (command.resourceVersion === undefined) return command.patch;
  const { metadata } = command.patch;
  return {
    ...command.patch,
    metadata: { ...(isJsonObject(metadata) ? metadata : {}), resourceVersion: command.resourceVersion },
  };
}

function written(resource: ResourceName, object: KubeObject): readonly OwnWrite[] {
  const at = parseRevision(object.metadata.resourceVersion ?? '');
  return at === undefined ? [] : [{ type: 'written', resource, revision: at }];
}

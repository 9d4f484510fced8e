import { assert } from '@taffrail/platform/assert';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { LatestLog } from '@taffrail/log/latest-log';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import type { WindowLog } from '@taffrail/log/window-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { allResources } from '@taffrail/resources/registry';
import type { Command, DeleteOptions, PatchType, RequestContext, TransactionCommand } from '../command.ts';
import { openStateMachine, type StateMachineOptions } from '../open-state-machine.ts';
import type { Accepted, Outcome } from '../outcome.ts';
import type { StateMachine } from '../state-machine.ts';
import { virtualClock, type VirtualClock } from './virtual-clock.ts';

/** A state machine over logs in memory, and short ways to talk to it. */
export interface TestMachine {
  readonly machine: StateMachine;
  readonly clock: VirtualClock;
  readonly logs: { readonly LOG: CommitLog; readonly EVENTS: WindowLog };
  readonly leases: LatestLog;
  create(resource: string, object: JsonObject, options?: Ask): Promise<Outcome>;
  update(resource: string, object: JsonObject, options?: Ask): Promise<Outcome>;
  patch(resource: string, name: string, patch: JsonValue, options?: Ask & { type?: PatchType }): Promise<Outcome>;
  delete(resource: string, name: string, options?: Ask & { delete?: DeleteOptions }): Promise<Outcome>;
  get(resource: string, name: string, namespace?: string): KubeObject | undefined;
  submit(command: Command | TransactionCommand, dryRun?: boolean): Promise<Outcome>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Ask {
  readonly namespace?: string;
  readonly subresource?: string;
  readonly dryRun?: boolean;
  readonly name?: string;
}

export const TEST_REQUEST: RequestContext = {
  actor: { user: 'alice', groups: ['dev'], userAgent: 'test', address: '127.0.0.1', fieldManager: 'test' },
  cause: { correlation: 'c-1', traceparent: '' },
  dryRun: false,
};

/** Opens a machine for a test, with `changes` to its options. */
export async function testMachine(changes: Partial<StateMachineOptions> = {}): Promise<TestMachine> {
  const clock = (changes.clock as VirtualClock | undefined) ?? virtualClock();
  const logs = changes.logs ?? { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
  const leases = changes.leases ?? memoryLatestLog('LEASES', clock.nowMs());
  const machine = await openStateMachine({
    logs,
    leases,
    vault: changes.vault ?? (await memoryVault()),
    clock,
    random: seededRandom(1),
    logger: silentLogger,
    signal: new AbortController().signal,
    serviceCidr: '10.96.0.0/16',
    soleWriter: true,
    patchSchema: () => undefined,
    readPatched: (document) => ({ object: document as KubeObject, warnings: [] }),
    ...changes,
  });
  const submit = async (command: Command | TransactionCommand, dryRun = false): Promise<Outcome> =>
    await machine.submit(command, { ...TEST_REQUEST, dryRun });
  const targetOf = (resource: string, name: string, ask: Ask): Command['target'] => {
    const definition = resourceNamed(resource);
    const namespace = definition.namespaced ? (ask.namespace ?? 'default') : '';
    return { definition, namespace, name, subresource: ask.subresource ?? '' };
  };
  const nameIn = (object: JsonObject): string =>
    ((object['metadata'] as JsonObject)['name'] as string | undefined) ?? '';
  return {
    machine,
    clock,
    logs,
    leases,
    submit,
    create: async (resource, object, ask = {}) =>
      await submit(
        { type: 'create', target: targetOf(resource, ask.name ?? nameIn(object), ask), object: object as KubeObject },
        ask.dryRun,
      ),
    update: async (resource, object, ask = {}) =>
      await submit(
        { type: 'update', target: targetOf(resource, ask.name ?? nameIn(object), ask), object: object as KubeObject },
        ask.dryRun,
      ),
    patch: async (resource, name, patch, ask = {}) =>
      await submit(
        {
          type: 'patch',
          target: targetOf(resource, name, ask),
          patchType: ask.type ?? 'merge',
          patch,
          fieldValidation: 'Strict',
          force: false,
        },
        ask.dryRun,
      ),
    delete: async (resource, name, ask = {}) =>
      await submit({ type: 'delete', target: targetOf(resource, name, ask), options: ask.delete ?? {} }, ask.dryRun),
    get(resource, name, namespace = 'default') {
      const definition = resourceNamed(resource);
      return machine.get(definition, definition.namespaced ? namespace : '', name)?.object();
    },
    async [Symbol.asyncDispose]() {
      await machine.close();
    },
  };
}

/** A built-in resource by its plural name. */
export function resourceNamed(resource: string): ResourceDefinition {
  const found = allResources().find((definition) => definition.resource === resource);
  assert(found !== undefined, `no resource ${resource}`);
  return found;
}

/** The acceptance a test expects. */
export function accepted(outcome: Outcome): Accepted {
  assert(!isRejection(outcome), `unexpectedly refused: ${isRejection(outcome) ? outcome.message : ''}`);
  return outcome;
}

/** The refusal a test expects. */
export function refused(outcome: Outcome): Rejection {
  assert(isRejection(outcome), 'unexpectedly accepted');
  return outcome;
}

/** A ConfigMap with one entry. */
export function configMap(name: string, value = 'v', metadata: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { k: value } };
}

/** A pod of one container. */
export function pod(name: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: { containers: [{ name: 'c', image: 'registry.example/app:v1' }], ...spec },
  };
}

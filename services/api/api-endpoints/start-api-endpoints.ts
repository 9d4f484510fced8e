import { assert } from '@taffrail/platform/assert';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { findResource } from '@taffrail/resources/registry';
import { systemRequest } from '@taffrail/state/bootstrap';
import type { Command } from '@taffrail/state/command';
import type { StateMachine } from '@taffrail/state/state-machine';
import { API_SERVICE, planApiEndpoints, SERVICE_NAME } from './plan.ts';
import { SERVER_LEASES, serverLease, serverLeaseName, serversSeen } from './server-lease.ts';

export interface ApiEndpointsOptions {
  readonly state: Pick<StateMachine, 'submit' | 'get' | 'list'>;
  /** Where pods find this server. */
  readonly address: string;
  readonly port: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Keeps the endpoints of the `kubernetes` Service: while it runs, this server's address is among them, and those of servers
 * that say no more that they are alive are not. A turn that fails is told and made up for by the next one.
 */
export interface ApiEndpointsLoop {
  /** Takes this server's address away where others are left, who would else be asked in vain. */
  stop(): Promise<void>;
}

export function startApiEndpoints(options: ApiEndpointsOptions): ApiEndpointsLoop {
  const { clock, logger } = options;
  const closing = new AbortController();
  let cancel = (): void => undefined;
  let running = Promise.resolve();
  const attempt = async (work: typeof apiEndpointsTurn, signal: AbortSignal, failure: string): Promise<void> => {
    try {
      await work(options, signal);
    } catch (thrown) {
      if (signal.aborted || thrown instanceof OperatingError) logger.warn({ error: messageOf(thrown) }, failure);
      else throw thrown;
    }
  };
  const turn = async (): Promise<void> => {
    await attempt(apiEndpointsTurn, closing.signal, 'the endpoints of the kubernetes Service were not looked after');
    if (closing.signal.aborted) return;
    cancel = clock.after(limits.apiEndpointsIntervalMs, () => {
      running = turn();
    });
  };
  running = turn();
  return {
    async stop() {
      closing.abort();
      cancel();
      await running;
      const signal = AbortSignal.timeout(limits.apiEndpointsWithdrawMs);
      await attempt(withdraw, signal, 'this server may still be among the endpoints of the kubernetes Service');
    },
  };
}

/** One turn: says that this server is alive, forgets servers that are not, and puts the endpoints right. */
export async function apiEndpointsTurn(options: ApiEndpointsOptions, signal: AbortSignal): Promise<void> {
  const { state, address, port, clock } = options;
  await renew(options, signal);
  const leases = resource('coordination.k8s.io', 'leases');
  const own = serverLeaseName(address, port);
  const others = serversSeen(state.list(leases, SERVER_LEASES), clock.nowMs()).filter((one) => one.leaseName !== own);
  for (const { leaseName } of others.filter(({ alive }) => !alive)) {
    await write(options, { type: 'delete', target: target(leases, SERVER_LEASES, leaseName), options: {} }, signal);
  }
  const alive = others.filter((one) => one.alive);
  // This server is, whatever its lease says: after a restore none can be acquired for a while.
  await settle(options, [address, ...alive.map((one) => one.address)], alive.length === 0, signal);
}

/** The end of this server; the last one leaves the endpoints as they are, for there is nobody else to name. */
async function withdraw(options: ApiEndpointsOptions, signal: AbortSignal): Promise<void> {
  const { state, address, port, clock } = options;
  const leases = resource('coordination.k8s.io', 'leases');
  const own = serverLeaseName(address, port);
  await write(options, { type: 'delete', target: target(leases, SERVER_LEASES, own), options: {} }, signal);
  const left = serversSeen(state.list(leases, SERVER_LEASES), clock.nowMs());
  const addresses = left.filter((one) => one.alive && one.leaseName !== own).map((one) => one.address);
  if (addresses.length > 0) await settle(options, addresses, false, signal);
}

async function renew(options: ApiEndpointsOptions, signal: AbortSignal): Promise<void> {
  const { state, address, port, clock } = options;
  const leases = resource('coordination.k8s.io', 'leases');
  const lease = serverLease(address, port, clock.nowMs(), limits.apiServerLeaseMs);
  const place = target(leases, SERVER_LEASES, serverLeaseName(address, port));
  const present = state.get(leases, place.namespace, place.name)?.object().metadata.resourceVersion;
  await write(options, putting(place, lease, present), signal);
}

async function settle(
  options: ApiEndpointsOptions,
  addresses: readonly string[],
  ownPort: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { state, port } = options;
  const { namespace, name } = API_SERVICE;
  const endpoints = resource('', 'endpoints');
  const slices = resource('discovery.k8s.io', 'endpointslices');
  const present = {
    endpoints: state.get(endpoints, namespace, name)?.object(),
    slices: state
      .list(slices, namespace)
      .filter(({ labels }) => labels[SERVICE_NAME] === name)
      .map((stored) => stored.object()),
  };
  const plan = planApiEndpoints(present, addresses, port, ownPort);
  const put = async (definition: ResourceDefinition, object: JsonObject): Promise<void> => {
    const version = (object['metadata'] as JsonObject)['resourceVersion'];
    await write(options, putting(target(definition, namespace, name), object, version as string | undefined), signal);
  };
  if (plan.endpoints !== undefined) await put(endpoints, plan.endpoints);
  for (const other of plan.remove) {
    await write(options, { type: 'delete', target: target(slices, namespace, other), options: {} }, signal);
  }
  if (plan.slice !== undefined) await put(slices, plan.slice);
}

/** Creates what was not seen, and updates what was, unless it has changed meanwhile. */
function putting(place: Command['target'], object: JsonObject, resourceVersion: string | undefined): Command {
  if (resourceVersion === undefined) return { type: 'create', target: place, object: object as KubeObject };
  const metadata = { ...(object['metadata'] as JsonObject), resourceVersion };
  return { type: 'update', target: place, object: { ...object, metadata } as unknown as KubeObject };
}

/** What another server's write can cause: it was there first, or it took away what this one was about to. */
const LOST_RACES: readonly Rejection['reason'][] = ['AlreadyExists', 'Conflict', 'NotFound'];

async function write({ state, logger }: ApiEndpointsOptions, command: Command, signal: AbortSignal): Promise<void> {
  const outcome = await state.submit(command, systemRequest('timer:api-endpoints:'), signal);
  if (!isRejection(outcome)) return;
  const { resource: kind } = command.target.definition;
  const fields = { resource: kind, name: command.target.name, error: outcome.message };
  if (LOST_RACES.includes(outcome.reason)) logger.debug(fields, 'another server was first');
  else logger.warn(fields, 'an object that tells of the API servers was not written');
}

function target(definition: ResourceDefinition, namespace: string, name: string): Command['target'] {
  return { definition, namespace, name, subresource: '' };
}

function resource(group: string, name: string): ResourceDefinition {
  const found = findResource(group, 'v1', name);
  assert(found !== undefined, `${name} are served`);
  return found;
}

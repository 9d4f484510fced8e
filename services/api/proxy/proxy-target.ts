import { isIP } from 'node:net';
import { assert } from '@taffrail/platform/assert';
import type { Random } from '@taffrail/platform/random';
import { badRequest, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { Endpoints, Pod, Service } from '@taffrail/resources/generated/types';
import { findResource } from '@taffrail/resources/registry';
import { agentAddress, type AgentAddress } from '../handlers/agent-address.ts';
import type { ApiContext } from '../handlers/context.ts';
import { unavailable } from '../http/rejections.ts';
import type { ProxyName } from './proxy-name.ts';

/** Where a proxied request goes. */
export type ProxyTarget =
  /** To a node's agent, with the API server's own certificate. */
  | { readonly type: 'agent'; readonly address: AgentAddress }
  /** To a port of a pod or a node. Certificates are not checked: nobody told us whose they would be. */
  | { readonly type: 'address'; readonly scheme: 'http' | 'https'; readonly host: string; readonly port: number };

/** Finds a node's agent, or another port of its machine. */
export function nodeTarget(context: ApiContext, asked: ProxyName): ProxyTarget | Rejection {
  const address = agentAddress(context, asked.name);
  if (isRejection(address)) return address;
  if (asked.port === '' || Number(asked.port) === address.port) return { type: 'agent', address };
  return addressTarget(asked, address.host, portNumber(asked.port));
}

/** Finds a pod's address; its first port when none is named. */
export function podTarget(context: ApiContext, namespace: string, asked: ProxyName): ProxyTarget | Rejection {
  const pod = found(context, 'pods', namespace, asked.name);
  if (isRejection(pod)) return pod;
  const { spec, status } = pod as Pod;
  const named = (spec?.containers ?? []).flatMap(({ ports = [] }) => ports);
  const port = asked.port === '' ? named[0]?.containerPort : portNumber(asked.port);
  return addressTarget(asked, status?.podIP ?? '', port ?? DEFAULT_PORTS[asked.scheme]);
}

const DEFAULT_PORTS = { http: 80, https: 443 } as const;

/** Finds one of the addresses behind a service's port. */
export function serviceTarget(context: ApiContext, namespace: string, asked: ProxyName): ProxyTarget | Rejection {
  const { name } = asked;
  let port = asked.port;
  if (/^\d+$/.test(port)) {
    const service = found(context, 'services', namespace, name);
    if (isRejection(service)) return service;
    const own = (service as Service).spec?.ports?.find((one) => String(one.port) === port);
    if (own === undefined) return unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
    port = own.name ?? '';
  }
  const endpoints = found(context, 'endpoints', namespace, name);
  if (isRejection(endpoints)) return endpoints;
  const address = endpointOf(endpoints as Endpoints, port, context.random);
  if (address === undefined) return unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return addressTarget(asked, address.host, address.port);
}

function endpointOf(
  { subsets = [] }: Endpoints,
  portName: string,
  random: Random,
): { readonly host: string; readonly port: number } | undefined {
  const candidates = subsets.flatMap(({ addresses = [], ports = [] }) => {
    const port = ports.find((one) => (one.name ?? '') === portName);
    return port === undefined ? [] : addresses.map(({ ip }) => ({ host: ip, port: port.port }));
  });
  return candidates[Math.floor(random.next() * candidates.length)];
}

function addressTarget({ scheme }: ProxyName, host: string, port: number | undefined): ProxyTarget | Rejection {
  if (port === undefined) return badRequest('the port is no number between 1 and 65535');
  return isProxyable(host) ? { type: 'address', scheme, host, port } : badRequest('address not allowed');
}

/** Addresses that stand for the API server's own machine or link are nobody else's to reach through it. */
function isProxyable(host: string): boolean {
  switch (isIP(host)) {
    case 4:
      return !/^(0\.|127\.|169\.254\.|22[4-9]\.|23\d\.)/.test(host);
    case 6:
      return !/^(::1?$|fe[89ab]|ff|::ffff:)/i.test(host);
    default:
      return false;
  }
}

function portNumber(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function found(
  context: ApiContext,
  resource: 'pods' | 'services' | 'endpoints',
  namespace: string,
  name: string,
): Pod | Service | Endpoints | Rejection {
  const definition = findResource('', 'v1', resource);
  assert(definition !== undefined, `${resource} are a built-in resource`);
  const object = context.state.get(definition, namespace, name)?.object();
  return object === undefined ? notFound({ group: '', resource, name }) : (object as unknown as Pod);
}

import { isRejection, badRequest, notFound, type Rejection } from '@taffrail/machinery/rejection';
import { METHOD_NOT_ALLOWED, notImplemented, UNKNOWN_RESOURCE } from '../http/rejections.ts';
import { forward } from '../proxy/forward.ts';
import { parseProxyName, parseProxyPath } from '../proxy/proxy-name.ts';
import { nodeTarget, podTarget, serviceTarget, type ProxyTarget } from '../proxy/proxy-target.ts';
import type { AgentClient } from './agent-client.ts';
import type { ApiContext, ResourceCall } from './context.ts';

/** Subresources that lead to something behind the API server instead of to an object. */
const CONNECTIONS: ReadonlySet<string> = new Set(['attach', 'exec', 'portforward', 'proxy']);

/** Whether a request goes through to a pod, a service or a node. */
export function isConnection(subresource: string): boolean {
  return CONNECTIONS.has(subresource);
}

/** Passes a request on to a pod, a service or a node. Streams into containers are not there yet, and the answer says so. */
export async function connect(
  context: ApiContext,
  call: ResourceCall,
  agents: AgentClient,
): Promise<Rejection | undefined> {
  const { definition, namespace, request } = call;
  if (request.subresource === 'proxy') return proxy(context, call, agents);
  if (request.rest.length > 0) return UNKNOWN_RESOURCE;
  if (!['create', 'get'].includes(request.verb)) return METHOD_NOT_ALLOWED;
  if (context.state.get(definition, namespace, request.name) === undefined) {
    return notFound({ group: definition.group, resource: definition.resource, name: request.name });
  }
  return notImplemented(`${definition.resource}/${request.subresource} is not served yet`);
}

async function proxy(context: ApiContext, call: ResourceCall, agents: AgentClient): Promise<Rejection | undefined> {
  const { exchange } = call;
  if (!PROXIED_METHODS.has(exchange.method)) return METHOD_NOT_ALLOWED;
  const path = parseProxyPath(exchange.path);
  if (path === undefined) return UNKNOWN_RESOURCE;
  const target = targetOf(context, call);
  if (isRejection(target)) return target;
  const query = exchange.query === '' ? '' : `?${exchange.query}`;
  if (path.rest === '') {
    // Without the slash, relative links of a page would miss the proxy.
    exchange.respond(301, { location: `${path.prefix}/${query}` });
    return undefined;
  }
  const asked = { prefix: path.prefix, path: path.rest + query };
  if (target.type === 'agent') return agents.forward(target.address, asked, exchange);
  return forward({ ...target, ...asked }, exchange);
}

const PROXIED_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE']);

function targetOf(context: ApiContext, { definition, namespace, request }: ResourceCall): ProxyTarget | Rejection {
  const asked = parseProxyName(request.name);
  if (asked === undefined) {
    const kind = definition.kind.toLowerCase();
    return badRequest(`invalid ${kind} request ${JSON.stringify(request.name)}`);
  }
  switch (definition.resource) {
    case 'nodes':
      return nodeTarget(context, asked);
    case 'services':
      return serviceTarget(context, namespace, asked);
    default:
      return podTarget(context, namespace, asked);
  }
}

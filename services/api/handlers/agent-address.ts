import { assert } from '@taffrail/platform/assert';
import { notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { Node } from '@taffrail/resources/generated/types';
import { findResource } from '@taffrail/resources/registry';
import { internalError } from '../http/rejections.ts';
import type { ApiContext } from './context.ts';

/** Where a node's agent listens. */
export interface AgentAddress {
  readonly node: string;
  readonly host: string;
  readonly port: number;
}

/** The address a node reports for its agent. */
export function agentAddress(context: ApiContext, nodeName: string): AgentAddress | Rejection {
  const definition = findResource('', 'v1', 'nodes');
  assert(definition !== undefined, 'nodes are a built-in resource');
  const node = context.state.get(definition, '', nodeName)?.object() as unknown as Node | undefined;
  if (node === undefined) return notFound({ group: '', resource: 'nodes', name: nodeName });
  const host = node.status?.addresses?.find((address) => address.type === 'InternalIP')?.address;
  const port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port;
  if (host === undefined || port === undefined || port === 0) {
    return internalError(`node ${nodeName} does not say where its agent listens`);
  }
  return { node: nodeName, host, port };
}

import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { ApiProbe } from '../api-probe.ts';
import type { ComponentName, NodeRecord } from '../cluster/cluster-record.ts';
import type { Component } from './component.ts';
import { flagArguments } from './flag-arguments.ts';
import { nodeReadiness } from './node-readiness.ts';
import { serviceComponent, type ServiceTelemetry } from './service-component.ts';

export interface AgentOptions {
  readonly name: ComponentName;
  readonly node: NodeRecord;
  readonly kubeconfig: string;
  readonly natsUrl: string;
  readonly nodeAddress: string;
  /** What the agent keeps lies below. */
  readonly directory: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly api: ApiProbe;
  readonly credentials: Promise<unknown>;
  readonly logFile: string;
  readonly telemetry: ServiceTelemetry;
  readonly clock: Clock;
}

/** A node's agent; it is ready when its node is. */
export function agentComponent(options: AgentOptions): Component {
  const { node, api } = options;
  return serviceComponent({
    name: options.name,
    service: 'agent',
    args: flagArguments({
      kubeconfig: options.kubeconfig,
      'nats-url': options.natsUrl,
      'node-name': node.name,
      'node-ip': options.nodeAddress,
      'data-dir': options.directory,
      runtime: node.runtime,
      'runtime-endpoint': node.runtimeEndpoint,
      'pod-cidr': options.podCidr,
      'service-cidr': options.serviceCidr,
      port: '0',
    }),
    logFile: options.logFile,
    telemetry: options.telemetry,
    clock: options.clock,
    detail: `node ${node.name} (${node.runtime})`,
    heapMiB: limits.serviceHeapMiB,
    youngHeapMiB: limits.serviceYoungHeapMiB,
    credentials: options.credentials,
    timeoutMs: limits.nodeReadyMs,
    missing: (signal) => nodeReadiness(api, node.name, signal),
  });
}

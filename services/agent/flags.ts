import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { CLUSTER_USAGE, checkedTelemetry, UsageError, type ServiceFlags } from '@taffrail/controller/run-service';
import { TELEMETRY_OPTIONS } from '@taffrail/telemetry/telemetry';

export interface AgentFlags extends ServiceFlags {
  readonly kubeconfig: string;
  readonly natsUrl: string;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly dataDirectory: string;
  readonly runtime: 'containerd' | 'simulated';
  /** Socket of the container runtime; '' for the simulated one. */
  readonly runtimeEndpoint: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly tlsCertFile: string | undefined;
  readonly tlsKeyFile: string | undefined;
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
}

const OPTIONS = {
  kubeconfig: { type: 'string' },
  'nats-url': { type: 'string' },
  'node-name': { type: 'string' },
  'node-ip': { type: 'string' },
  'data-dir': { type: 'string' },
  runtime: { type: 'string', default: 'containerd' },
  'runtime-endpoint': { type: 'string', default: '' },
  'pod-cidr': { type: 'string', default: '10.244.0.0/24' },
  'service-cidr': { type: 'string', default: '10.96.0.0/16' },
  port: { type: 'string', default: '0' },
  'tls-cert-file': { type: 'string' },
  'tls-private-key-file': { type: 'string' },
  'cluster-dns': { type: 'string', multiple: true, default: [] },
  'cluster-domain': { type: 'string', default: 'cluster.local' },
  ...TELEMETRY_OPTIONS,
} as const satisfies NonNullable<ParseArgsConfig['options']>;

export const USAGE = `usage: taffrail agent ${CLUSTER_USAGE} --node-name NAME --node-ip ADDRESS --data-dir DIR [--runtime containerd|simulated] [--runtime-endpoint SOCKET] [--pod-cidr 10.244.0.0/24] [--service-cidr 10.96.0.0/16] [--port PORT] [--tls-cert-file FILE --tls-private-key-file FILE] [--cluster-dns ADDRESS] [--cluster-domain cluster.local]`;

/** Reads the agent's command line. Throws UsageError, or what parseArgs throws. */
export function agentFlags(args: readonly string[]): AgentFlags {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  const needed = (name: 'kubeconfig' | 'nats-url' | 'node-name' | 'node-ip' | 'data-dir', what: string): string => {
    const value = values[name];
    if (value === undefined || value === '') throw new UsageError(`--${name} is needed: ${what}`);
    return value;
  };
  const { runtime } = values;
  if (runtime !== 'containerd' && runtime !== 'simulated') {
    throw new UsageError(`--runtime is containerd or simulated, not "${runtime}"`);
  }
  const endpoint = values['runtime-endpoint'].replace(/^unix:\/\//, '');
  if (runtime === 'containerd' && endpoint === '') {
    throw new UsageError('--runtime-endpoint is needed: the socket containerd listens on');
  }
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new UsageError(`--port ${values.port} is no port`);
  return {
    kubeconfig: needed('kubeconfig', 'how to reach the API server'),
    natsUrl: needed('nats-url', 'where the feed is'),
    nodeName: needed('node-name', 'the name of the Node'),
    nodeIp: needed('node-ip', 'the address others reach this node at'),
    dataDirectory: path.resolve(needed('data-dir', 'where the node keeps its pods')),
    runtime,
    runtimeEndpoint: endpoint,
    podCidr: range('pod-cidr', values['pod-cidr']),
    serviceCidr: range('service-cidr', values['service-cidr']),
    port,
    tlsCertFile: values['tls-cert-file'],
    tlsKeyFile: values['tls-private-key-file'],
    clusterDns: values['cluster-dns'],
    clusterDomain: values['cluster-domain'],
    telemetry: checkedTelemetry(values),
  };
}

/** Goes into firewall rules: nothing but a range may pass. */
function range(name: string, value: string): string {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(value);
  const [, ...parts] = (match ?? []).map(Number);
  if (match === null || parts.slice(0, 4).some((part) => part > 255) || (parts[4] ?? 33) > 30) {
    throw new UsageError(`--${name} ${value} is no IPv4 range`);
  }
  return value;
}

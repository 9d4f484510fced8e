import type { Pod } from '@taffrail/resources/generated/types';
import type { SandboxConfig } from '../runtime/port.ts';

type Dns = SandboxConfig['dns'];

/** Names servers that cluster-first pods ask; none means that they ask whom the node asks. */
export interface ClusterDns {
  readonly servers: readonly string[];
  readonly domain: string;
}

/** Reads a resolv.conf. */
export function parseResolvConf(text: string): Dns {
  const servers: string[] = [];
  let searches: readonly string[] = [];
  let options: readonly string[] = [];
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, '')
      .trim()
      .split(/\s+/);
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    if (keyword === 'search' || keyword === 'domain') searches = values;
    if (keyword === 'options') options = values;
  }
  return { servers, searches, options };
}

/** What a pod's resolv.conf says, by dnsPolicy and dnsConfig. */
export function podDns(pod: Pod, cluster: ClusterDns, node: Dns): Dns {
  const base = baseDns(pod, cluster, node);
  const { nameservers = [], searches = [], options = [] } = pod.spec?.dnsConfig ?? {};
  const own = options.map(({ name = '', value }) => (value === undefined ? name : `${name}:${value}`));
  const overridden = new Set(options.map(({ name }) => name));
  return {
    servers: [...new Set([...base.servers, ...nameservers])],
    searches: [...new Set([...base.searches, ...searches])],
    options: [...base.options.filter((option) => !overridden.has(option.split(':')[0])), ...own],
  };
}

function baseDns(pod: Pod, cluster: ClusterDns, node: Dns): Dns {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const clusterFirst =
    policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && pod.spec?.hostNetwork !== true);
  if (!clusterFirst || cluster.servers.length === 0) return node;
  const { domain } = cluster;
  return {
    servers: cluster.servers,
    searches: [`${pod.metadata.namespace}.svc.${domain}`, `svc.${domain}`, domain, ...node.searches],
    options: ['ndots:5'],
  };
}

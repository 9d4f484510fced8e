import type { Pod } from '@taffrail/resources/generated/types';

/** The name a pod knows itself by: its `hostname`, else its own name, within 63 characters. */
export function podHostname(pod: Pod): string {
  const name = pod.spec?.hostname ?? pod.metadata.name ?? '';
  return name.length <= 63 ? name : name.slice(0, 63).replace(/[-.]+$/, '');
}

/** `hostname.subdomain.namespace.svc.domain` with a subdomain, else ''. */
export function podDomainName(pod: Pod, clusterDomain: string): string {
  const { subdomain } = pod.spec ?? {};
  if (subdomain === undefined || subdomain === '') return '';
  return `${podHostname(pod)}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
}

function aliasLines(pod: Pod): readonly string[] {
  const aliases = pod.spec?.hostAliases ?? [];
  if (aliases.length === 0) return [];
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`);
  return ['', '# Entries added by HostAliases.', ...lines];
}

/** A pod's own /etc/hosts. On the node's network it is the node's file with the aliases. */
export function hostsFile(pod: Pod, podIps: readonly string[], clusterDomain: string, nodeHosts: string): string {
  if (pod.spec?.hostNetwork === true) {
    return ['# Kubernetes-managed hosts file (host network).', nodeHosts.trimEnd(), ...aliasLines(pod), ''].join('\n');
  }
  const domainName = podDomainName(pod, clusterDomain);
  const names = domainName === '' ? podHostname(pod) : `${domainName}\t${podHostname(pod)}`;
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...podIps.map((ip) => `${ip}\t${names}`),
    ...aliasLines(pod),
    '',
  ].join('\n');
}

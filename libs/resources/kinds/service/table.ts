import type { Service } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { age, labelsText, NONE, orNone } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const serviceColumns = [
  NAME,
  narrow('Type', 'How the service is reached'),
  narrow('Cluster-IP', 'Virtual address inside the cluster'),
  narrow('External-IP', 'Addresses outside the cluster'),
  narrow('Port(s)', 'Ports, node ports and protocols'),
  AGE,
  wide('Selector', 'Labels of the pods behind it'),
] as const;

export function serviceCells(service: Given<Service>): readonly Cell[] {
  const { spec } = service;
  return [
    service.metadata?.name ?? '',
    spec?.type ?? '',
    orNone(spec?.clusterIPs?.[0] ?? spec?.clusterIP),
    externalAddresses(service),
    ports(service),
    age(service.metadata),
    labelsText(spec?.selector),
  ];
}

function externalAddresses(service: Given<Service>): string {
  const { type = '', externalIPs = [], externalName = '' } = service.spec ?? {};
  switch (type) {
    case 'ClusterIP':
    case 'NodePort':
      return orNone(externalIPs.join(','));
    case 'LoadBalancer': {
      const given = (service.status?.loadBalancer?.ingress ?? []).map((one) => one.ip || one.hostname || '');
      const all = [...new Set(given.filter((address) => address !== '')), ...externalIPs];
      return all.length === 0 ? '<pending>' : all.join(',');
    }
    case 'ExternalName':
      return externalName;
    default:
      return '<unknown>';
  }
}

function ports(service: Given<Service>): string {
  const list = (service.spec?.ports ?? []).map(({ port = 0, nodePort = 0, protocol = '' }) =>
    nodePort === 0 ? `${port}/${protocol}` : `${port}:${nodePort}/${protocol}`,
  );
  return list.length === 0 ? NONE : list.join(',');
}

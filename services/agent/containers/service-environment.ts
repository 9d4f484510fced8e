import type { Service } from '@taffrail/resources/generated/types';

/** The Service every pod is told of, links or not. */
const MASTER = { namespace: 'default', name: 'kubernetes' } as const;

/**
 * `{NAME}_SERVICE_HOST` and friends for the services of a namespace that have a cluster address. With `links` false only
 * the `kubernetes` service of `default` is told.
 */
export function serviceEnvironment(
  services: readonly Service[],
  namespace: string,
  links: boolean,
): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const service of services) {
    const { name = '', namespace: of = '' } = service.metadata;
    const isMaster = of === MASTER.namespace && name === MASTER.name;
    if (!isMaster && (!links || of !== namespace)) continue;
    const host = service.spec?.clusterIP ?? '';
    const ports = service.spec?.ports ?? [];
    if (host === '' || host === 'None' || ports.length === 0) continue;
    const prefix = name.toUpperCase().replaceAll('-', '_');
    variables.set(`${prefix}_SERVICE_HOST`, host);
    variables.set(`${prefix}_SERVICE_PORT`, String(ports[0]?.port));
    for (const port of ports) {
      if (port.name !== undefined && port.name !== '') {
        variables.set(`${prefix}_SERVICE_PORT_${port.name.toUpperCase().replaceAll('-', '_')}`, String(port.port));
      }
    }
    ports.forEach((port, index) => {
      const protocol = (port.protocol ?? 'TCP').toLowerCase();
      const url = `${protocol}://${host}:${port.port}`;
      const portPrefix = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
      if (index === 0) variables.set(`${prefix}_PORT`, url);
      variables.set(portPrefix, url);
      variables.set(`${portPrefix}_PROTO`, protocol);
      variables.set(`${portPrefix}_PORT`, String(port.port));
      variables.set(`${portPrefix}_ADDR`, host);
    });
  }
  return variables;
}

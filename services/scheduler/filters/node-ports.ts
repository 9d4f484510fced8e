import { hostPortsOf, type HostPort } from '../snapshot.ts';
import { FITS, type Filter } from './filter.ts';

/** Host ports a pod asks for are free on the node. */
export const nodePorts: Filter = Object.freeze<Filter>({
  name: 'NodePorts',
  refusals(pod, node) {
    const taken = hostPortsOf(pod).some((wanted) => node.hostPorts.some((used) => collides(wanted, used)));
    return taken ? ["node(s) didn't have free ports for the requested pod ports"] : FITS;
  },
});

function collides(a: HostPort, b: HostPort): boolean {
  const sameAddress = a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0';
  return sameAddress && a.port === b.port && a.protocol === b.protocol;
}

import type { Node, NodeSpec, NodeSystemInfo } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { nullTimes } from '../null-times.ts';
import { canonicalQuantities } from '../quantities.ts';

const EMPTY_SYSTEM: { readonly [Key in keyof Required<Omit<NodeSystemInfo, 'swap'>>]: '' } = {
  machineID: '',
  systemUUID: '',
  bootID: '',
  kernelVersion: '',
  osImage: '',
  containerRuntimeVersion: '',
  kubeletVersion: '',
  kubeProxyVersion: '',
  operatingSystem: '',
  architecture: '',
};

/** A node can allocate what it has, unless it says otherwise. */
export function defaultNode(node: Draft<Node>): void {
  alignPodCidrs((node.spec ??= {}));
  const status = (node.status ??= {});
  canonicalQuantities(status.capacity);
  canonicalQuantities(status.allocatable);
  if (status.capacity !== undefined) status.allocatable ??= { ...status.capacity };
  status.daemonEndpoints ??= {};
  status.daemonEndpoints.kubeletEndpoint ??= { Port: 0 };
  status.nodeInfo = { ...EMPTY_SYSTEM, ...status.nodeInfo };
  nullTimes(status.conditions, 'lastHeartbeatTime', 'lastTransitionTime');
}

/** The range of a node's pods stands in a field and first in a list; the field counts where they differ. */
function alignPodCidrs(spec: Draft<NodeSpec>): void {
  const [first] = spec.podCIDRs ?? [];
  const alone = spec.podCIDR ?? '';
  if (alone !== '' && alone !== first) spec.podCIDRs = [alone];
  else if (alone === '' && first !== undefined) spec.podCIDR = first;
}

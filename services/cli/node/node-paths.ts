import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** Where a node keeps its things. Everything differs between two data directories, so that several nodes share a machine. */
export interface NodePaths {
  readonly root: string;
  /** What must not outlive a reboot, and sockets, whose names must be short. */
  readonly runDir: string;
  readonly containerdSocket: string;
  readonly containerdConfig: string;
  readonly cniConfigDir: string;
  /** Addresses handed out to pods; below runDir, since no pod survives a reboot. */
  readonly cniAddressDir: string;
  readonly registryConfigDir: string;
  /** Name of the bridge the pods hang on: at most 15 characters. */
  readonly bridge: string;
  /** The agent's nftables table: it derives the same name from the same directory. */
  readonly table: string;
  /** The pods' cgroup below each controller's root; the agent derives the same name from the same directory. */
  readonly cgroup: string;
}

/** The paths of the node in `<data-dir>/node`. */
export function nodePaths(dataDir: string): NodePaths {
  const root = join(dataDir, 'node');
  const suffix = createHash('sha256').update(root).digest('hex').slice(0, 8);
  const runDir = `/run/taffrail-node-${suffix}`;
  return {
    root,
    runDir,
    containerdSocket: join(runDir, 'containerd.sock'),
    containerdConfig: join(root, 'containerd.toml'),
    cniConfigDir: join(root, 'cni'),
    cniAddressDir: join(runDir, 'addresses'),
    registryConfigDir: join(root, 'registries'),
    bridge: `tfr-${suffix}`,
    table: `taffrail_${suffix}`,
    cgroup: `taffrail-${suffix}`,
  };
}

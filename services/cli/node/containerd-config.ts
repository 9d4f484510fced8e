import { join } from 'node:path';
import type { NodePaths } from './node-paths.ts';
import { PAUSE_IMAGE } from './pause-program.ts';

export interface ContainerdConfig {
  readonly paths: NodePaths;
  readonly runc: string;
  readonly cniBinDir: string;
  /** Set where the kernel does not let us lower oom_score_adj: every sandbox would fail otherwise. */
  readonly restrictOomScore: boolean;
  /** overlayfs cannot lie on overlayfs. */
  readonly snapshotter: 'overlayfs' | 'native';
  readonly systemdCgroup: boolean;
}

/** containerd's configuration, in the version that 1.6, 1.7 and 2.x all read. */
export function containerdConfig(config: ContainerdConfig): string {
  const { paths } = config;
  const text = (value: string): string => JSON.stringify(value);
  return `# Written at every start; changes are lost.
version = 2
root = ${text(join(paths.root, 'containerd'))}
state = ${text(join(paths.runDir, 'containerd'))}
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = ${text(paths.containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${text(join(paths.root, 'opt'))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(PAUSE_IMAGE)}
  restrict_oom_score_adj = ${config.restrictOomScore}
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"

  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = ${text(config.snapshotter)}
    default_runtime_name = "runc"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"

      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        BinaryName = ${text(config.runc)}
        Root = ${text(join(paths.runDir, 'runc'))}
        SystemdCgroup = ${config.systemdCgroup}

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(config.cniBinDir)}
    conf_dir = ${text(paths.cniConfigDir)}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${text(paths.registryConfigDir)}
`;
}

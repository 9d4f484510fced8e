import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { busyboxImage, pauseImage } from './oci-image.ts';

export const BUSYBOX = 'registry.local/busybox:1.35';
const PAUSE = 'registry.local/pause:3.10';
const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin'];

export interface TestContainerd {
  readonly directory: string;
  readonly socketPath: string;
  /** cgroup parent of everything this containerd runs. */
  readonly cgroupRoot: string;
  readonly podCidr: string;
  importImage(archive: Buffer): void;
  /** kill -9, then start again; resolves when it answers. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

/** Why a real containerd cannot run here, or undefined when it can. */
export function containerdMissing(): string | undefined {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'not root';
  const path = (process.env['PATH'] ?? '').split(':');
  for (const program of ['containerd', 'runc', 'ctr', 'busybox']) {
    if (!path.concat('/usr/sbin', '/sbin').some((directory) => executable(join(directory, program)))) {
      return `${program} is not installed`;
    }
  }
  return CNI_DIRECTORIES.some((directory) => existsSync(join(directory, 'bridge'))) ? undefined : 'no CNI plugins';
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Starts a containerd of its own in a fresh directory, with a bridge and a pod range of its own. */
export async function startContainerd(): Promise<TestContainerd> {
  const directory = mkdtempSync(join(tmpdir(), 'taffrail-containerd-'));
  const number = randomInt(1, 250);
  const bridge = `tftest${number}`;
  const podCidr = `10.246.${number}.0/24`;
  const cgroupRoot = `/taffrail-test-${process.pid}-${number}`;
  const socketPath = join(directory, 'containerd.sock');
  mkdirSync(join(directory, 'net.d'), { recursive: true });
  mkdirSync(join(directory, 'certs.d'), { recursive: true });
  writeFileSync(join(directory, 'config.toml'), configuration(directory));
  writeFileSync(join(directory, 'net.d', '10-pods.conflist'), network(directory, bridge, podCidr));
  let child = launch(directory);
  await untilAnswering(socketPath);
  const importImage = (archive: Buffer): void => {
    const file = join(directory, 'image.tar');
    writeFileSync(file, archive);
    execFileSync('ctr', ['-a', socketPath, '-n', 'k8s.io', 'images', 'import', file], { stdio: 'pipe' });
    rmSync(file);
  };
  importImage((await pauseImage(PAUSE)).archive);
  importImage((await busyboxImage(BUSYBOX)).archive);
  const ended = (signal: NodeJS.Signals): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill(signal);
    });
  return {
    directory,
    socketPath,
    cgroupRoot,
    podCidr,
    importImage,
    async crashAndRestart() {
      await ended('SIGKILL');
      child = launch(directory);
      await untilAnswering(socketPath);
    },
    async stop() {
      await ended('SIGTERM');
      for (const line of readFileSync('/proc/mounts', 'utf8').split('\n').reverse()) {
        const target = line.split(' ')[1];
        if (target?.startsWith(directory) === true) execFileSync('umount', ['-l', target]);
      }
      rmSync(directory, { recursive: true, force: true });
      if (existsSync(`/sys/class/net/${bridge}`)) execFileSync('ip', ['link', 'delete', bridge]);
      execFileSync('sh', ['-c', `find /sys/fs/cgroup -depth -type d -path '*${cgroupRoot}*' -exec rmdir {} + || true`]);
    },
  };
}

function launch(directory: string): ReturnType<typeof spawn> {
  const log = openSync(join(directory, 'containerd.log'), 'a');
  return spawn('containerd', ['-c', join(directory, 'config.toml')], { stdio: ['ignore', log, log] });
}

async function untilAnswering(socketPath: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      execFileSync('ctr', ['-a', socketPath, '--connect-timeout', '1s', 'version'], { stdio: 'pipe' });
      return;
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(100);
    }
  }
}

function configuration(directory: string): string {
  const cni = CNI_DIRECTORIES.find((candidate) => existsSync(join(candidate, 'bridge')));
  return `version = 2
root = "${directory}/root"
state = "${directory}/state"
[grpc]
  address = "${directory}/containerd.sock"
[plugins."io.containerd.internal.v1.opt"]
  path = "${directory}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "${PAUSE}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cni}"
    conf_dir = "${directory}/net.d"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = "${directory}/runc"
      SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "${directory}/certs.d"
`;
}

function network(directory: string, bridge: string, podCidr: string): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'pods',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: `${directory}/ipam`,
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  });
}

import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { systemRandom } from '@taffrail/platform/random';
import { nodePkiFiles } from '@taffrail/pki/cluster-pki';
import { apiProbe } from '../api-probe.ts';
import { dataDirectory } from '../cluster/cluster-directory.ts';
import { nodePaths } from '../node/node-paths.ts';
import { findNodePrograms } from '../node/node-programs.ts';
import { removeTraces, stopPods } from '../node/stop-pods.ts';
import { agentComponent } from '../up/agent-component.ts';
import { containerdComponent } from '../up/containerd-component.ts';
import { nodeAddress } from '@taffrail/platform/node-address';
import { defaultNodeName } from '../up/options.ts';
import { supervise } from '../up/supervise.ts';

interface Flags {
  readonly dataDir?: string;
  readonly nodeName?: string;
  readonly kubeconfig?: string;
  readonly natsUrl: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
}

/** `node`: a container runtime and an agent in the foreground, for a cluster that runs elsewhere. */
export function register(program: Command, signal: AbortSignal): void {
  program
    .command('node')
    .description('run one node in the foreground: containerd and an agent, for a control plane that runs elsewhere')
    .requiredOption('--nats-url <url>', 'NATS of the cluster')
    .option('--kubeconfig <file>', "the node's kubeconfig (default: the one in the data directory)")
    .option('--data-dir <dir>', 'where it is kept (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--node-name <name>', "name of the node (default: this machine's)")
    .option('--pod-cidr <range>', 'addresses of its pods', '10.244.0.0/24')
    .option('--service-cidr <range>', 'addresses of Services', '10.96.0.0/16')
    .action((flags: Flags) => runNode(flags, signal));
}

async function runNode(flags: Flags, signal: AbortSignal): Promise<void> {
  const programs = findNodePrograms();
  if ('packages' in programs) {
    throw new OperatingError(
      'missing-dependency',
      `a node needs ${programs.programs.join(', ')}: install ${programs.packages.join(' ')}`,
    );
  }
  const dataDir = dataDirectory(flags.dataDir);
  const paths = nodePaths(dataDir);
  const name = flags.nodeName ?? defaultNodeName(hostname());
  const kubeconfig = flags.kubeconfig ?? nodePkiFiles(dataDir, name).kubeconfigFile;
  const logs = join(paths.root, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o755 });
  const api = await apiProbe(kubeconfig);
  const options = {
    clock: systemClock,
    random: systemRandom,
    say: (line: string) => console.log(line),
    changed: () => undefined,
  };
  const { podCidr, serviceCidr, natsUrl } = flags;
  const node = { name, runtime: 'containerd', runtimeEndpoint: paths.containerdSocket } as const;
  const containerd = supervise(
    containerdComponent({ paths, programs, podCidr, logFile: join(logs, 'containerd.log'), clock: systemClock }),
    options,
  );
  const agent = supervise(
    agentComponent({
      name: 'agent',
      node,
      kubeconfig,
      natsUrl,
      nodeAddress: nodeAddress(),
      telemetry: {},
      directory: paths.root,
      podCidr,
      serviceCidr,
      api,
      credentials: Promise.resolve(),
      logFile: join(logs, 'agent.log'),
      clock: systemClock,
    }),
    options,
  );
  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([Promise.all([containerd.ready, agent.ready]), stopped]);
    await stopped;
  } finally {
    await agent.stop();
    await stopPods(paths.containerdSocket).catch((error: unknown) =>
      console.error(`while stopping: ${messageOf(error)}`),
    );
    await containerd.stop();
    await removeTraces(paths, programs);
    api.close();
  }
}

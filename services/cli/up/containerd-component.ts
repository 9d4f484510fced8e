import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lastLines, startChild, type Child } from '@taffrail/embedded/child';
import type { Clock } from '@taffrail/platform/clock';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { cniConfig } from '../node/cni-config.ts';
import { containerdConfig } from '../node/containerd-config.ts';
import type { NodePaths } from '../node/node-paths.ts';
import type { NodePrograms } from '../node/node-programs.ts';
import { PAUSE_IMAGE } from '../node/pause-program.ts';
import { runtimeClient } from '../node/runtime-client.ts';
import type { Component } from './component.ts';

export interface ContainerdOptions {
  readonly paths: NodePaths;
  readonly programs: NodePrograms;
  readonly podCidr: string;
  readonly logFile: string;
  readonly clock: Clock;
}

/** A containerd of our own. Its containers go on when it ends; stopping it does not stop them. */
export function containerdComponent(options: ContainerdOptions): Component {
  const { paths, programs, logFile, clock } = options;
  return {
    name: 'containerd',
    logFile,
    async start(spawned, signal) {
      writeConfiguration(options);
      enableForwarding();
      const child = await startChild({
        command: programs.containerd,
        args: ['--config', paths.containerdConfig],
        logFile,
        env: childEnvironment(),
        clock,
      });
      spawned(child.process);
      try {
        await untilAnswering(child, options, signal);
        await importPauseImage(options);
      } catch (error) {
        await child.stop();
        throw error;
      }
      return {
        process: child.process,
        exited: child.exited,
        address: `unix://${paths.containerdSocket}`,
        detail: paths.containerdSocket,
        stop: () => child.stop(),
      };
    },
  };
}

function writeConfiguration({ paths, programs, podCidr }: ContainerdOptions): void {
  for (const directory of [
    paths.root,
    paths.runDir,
    paths.cniConfigDir,
    paths.cniAddressDir,
    paths.registryConfigDir,
  ]) {
    mkdirSync(directory, { recursive: true, mode: 0o711 });
  }
  writeFileSync(join(paths.cniConfigDir, '10-pods.conflist'), cniConfig(paths, podCidr));
  writeFileSync(
    paths.containerdConfig,
    containerdConfig({
      paths,
      runc: programs.runc,
      cniBinDir: programs.cniBinDir,
      restrictOomScore: !hasCapability(CAP_SYS_RESOURCE),
      snapshotter: statfsSync(paths.root).type === OVERLAYFS_MAGIC ? 'native' : 'overlayfs',
      // The agent makes the pods' cgroups itself, by path; systemd's own naming is not needed for that.
      systemdCgroup: false,
    }),
  );
}

const OVERLAYFS_MAGIC = 0x794c7630;
const CAP_SYS_RESOURCE = 24n;

/** Whether this process effectively has a capability (capabilities(7)). */
function hasCapability(number: bigint): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> number) & 1n) === 1n;
}

/** Pods reach anything beyond their bridge only when the kernel forwards. */
function enableForwarding(): void {
  const file = '/proc/sys/net/ipv4/ip_forward';
  if (readFileSync(file, 'utf8').trim() === '1') return;
  try {
    writeFileSync(file, '1');
  } catch (error) {
    throw new OperatingError('permission', `IPv4 forwarding is off and cannot be switched on: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

async function untilAnswering(child: Child, options: ContainerdOptions, signal: AbortSignal): Promise<void> {
  const { paths, clock, logFile } = options;
  const deadlineMs = clock.monotonicMs() + limits.startTimeoutMs;
  let last: unknown;
  while (true) {
    signal.throwIfAborted();
    if (child.exit() !== undefined) {
      const tail = lastLines(logFile, 1);
      throw new OperatingError('runtime', `containerd ended at its start: ${tail} (log: ${logFile})`);
    }
    if (existsSync(paths.containerdSocket)) {
      const runtime = runtimeClient(paths.containerdSocket);
      try {
        await runtime.version();
        return;
      } catch (error) {
        last = error;
      } finally {
        runtime.close();
      }
    }
    if (clock.monotonicMs() > deadlineMs) {
      throw new OperatingError('timeout', `containerd did not answer in time: ${messageOf(last)} (log: ${logFile})`);
    }
    await clock.sleep(25, signal);
  }
}

/** Imports the sandbox image, once for each version of it. */
async function importPauseImage({ paths, programs }: ContainerdOptions): Promise<void> {
  const marker = join(paths.root, 'containerd', 'pause-image');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === PAUSE_IMAGE) return;
  const { pauseImage } = await import('../node/pause-image.ts');
  const file = join(paths.root, 'pause.tar');
  writeFileSync(file, await pauseImage(process.arch));
  const args = ['-a', paths.containerdSocket, '-n', 'k8s.io', 'images', 'import', file];
  try {
    await promisify(execFile)(programs.ctr, args);
  } catch (error) {
    throw new OperatingError('runtime', `the sandbox image could not be imported: ${messageOf(error)}`, {
      cause: error,
    });
  }
  writeFileSync(marker, PAUSE_IMAGE);
  rmSync(file);
}

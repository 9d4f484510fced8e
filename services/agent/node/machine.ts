import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, hostname, release, totalmem, freemem } from 'node:os';
import type { NodeSystemInfo } from '@taffrail/resources/generated/types';
import type { RuntimeVersion } from '../runtime/port.ts';

/** What this machine is and has. */
export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly systemInfo: Omit<NodeSystemInfo, 'containerRuntimeVersion' | 'kubeletVersion' | 'kubeProxyVersion'>;
}

/** Room that is left now. */
export interface Room {
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly diskFraction: number;
  readonly inodeFraction: number;
  readonly pids: number;
}

const architectures: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** GOARCH's name of this machine's architecture. */
export const architecture = (): string => architectures[process.arch] ?? process.arch;

async function line(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EINVAL') return '';
    throw error;
  }
}

export async function readMachine(directory: string): Promise<Machine> {
  const [machineId, bootId, systemUuid, osRelease, disk] = await Promise.all([
    line('/etc/machine-id'),
    line('/proc/sys/kernel/random/boot_id'),
    line('/sys/class/dmi/id/product_uuid'),
    line('/etc/os-release'),
    statfs(directory),
  ]);
  const pretty = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? process.platform;
  return {
    cpus: availableParallelism(),
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    systemInfo: {
      machineID: machineId === '' ? hostname() : machineId,
      systemUUID: systemUuid === '' ? machineId : systemUuid,
      bootID: bootId,
      kernelVersion: release(),
      osImage: pretty,
      operatingSystem: process.platform,
      architecture: architecture(),
    },
  };
}

export async function readRoom(directory: string): Promise<Room> {
  const [disk, memory, loads, maximum] = await Promise.all([
    statfs(directory),
    line('/proc/meminfo'),
    line('/proc/loadavg'),
    line('/proc/sys/kernel/pid_max'),
  ]);
  const available = /^MemAvailable:\s+(\d+) kB$/m.exec(memory)?.[1];
  const processes = Number(/\d+\/(\d+)/.exec(loads)?.[1] ?? 0);
  return {
    memoryBytes: available === undefined ? freemem() : Number(available) * 1024,
    diskBytes: disk.bavail * disk.bsize,
    diskFraction: disk.blocks === 0 ? 1 : disk.bavail / disk.blocks,
    inodeFraction: disk.files === 0 ? 1 : disk.ffree / disk.files,
    pids: Number(maximum === '' ? 32_768 : maximum) - processes,
  };
}

/** `containerd://1.6.20`. */
export const runtimeText = ({ name, version }: RuntimeVersion): string => `${name}://${version}`;

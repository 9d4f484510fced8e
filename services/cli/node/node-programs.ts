import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findExecutable } from '@taffrail/embedded/executable';

/** Programs a node with real containers runs. */
export interface NodePrograms {
  readonly containerd: string;
  readonly ctr: string;
  readonly runc: string;
  readonly nft: string;
  readonly ip: string;
  readonly cniBinDir: string;
}

/** What is not installed, and the Debian packages that bring it. */
export interface MissingPrograms {
  readonly programs: readonly string[];
  readonly packages: readonly string[];
}

const PROGRAMS: readonly { readonly name: 'containerd' | 'ctr' | 'runc' | 'nft' | 'ip'; readonly from: string }[] = [
  { name: 'containerd', from: 'containerd' },
  { name: 'ctr', from: 'containerd' },
  { name: 'runc', from: 'runc' },
  { name: 'nft', from: 'nftables' },
  { name: 'ip', from: 'iproute2' },
];
/** Debian, upstream, Fedora. */
const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];
const CNI_PLUGINS = ['bridge', 'host-local', 'portmap', 'loopback'];

/** Looks for all of them. */
export function findNodePrograms(): NodePrograms | MissingPrograms {
  const found = new Map(PROGRAMS.map(({ name }) => [name, findExecutable(name)]));
  const cniBinDir = CNI_DIRECTORIES.find((directory) => CNI_PLUGINS.every((name) => existsSync(join(directory, name))));
  const [containerd, ctr, runc, nft, ip] = PROGRAMS.map(({ name }) => found.get(name));
  if (containerd && ctr && runc && nft && ip && cniBinDir) return { containerd, ctr, runc, nft, ip, cniBinDir };
  const missing = PROGRAMS.filter(({ name }) => found.get(name) === undefined);
  return {
    programs: [...missing.map(({ name }) => name), ...(cniBinDir === undefined ? ['CNI plugins'] : [])],
    packages: [
      ...new Set([
        ...missing.map(({ from }) => from),
        ...(cniBinDir === undefined ? ['containernetworking-plugins'] : []),
      ]),
    ],
  };
}

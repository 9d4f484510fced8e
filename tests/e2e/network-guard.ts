import { run } from './kubectl.ts';

/** Refuses what would leave the machine from or to a test cluster's pod and service ranges. Remove it when done. */
export interface NetworkGuard {
  remove(): Promise<void>;
}

/** Installs an nftables table of its own that drops such traffic on the interface of the default route. */
export async function guardNetwork(name: string, ranges: readonly string[]): Promise<NetworkGuard> {
  const route = await run('ip', ['-4', 'route', 'show', 'default']);
  const outside = / dev (\S+)/.exec(route.stdout)?.[1];
  if (outside === undefined) return { remove: async () => {} };
  const set = ranges.join(', ');
  // Only in postrouting is the outgoing interface the one after address translation.
  const table = `table inet ${name} {
  chain leaving {
    type filter hook postrouting priority 300; policy accept;
    oifname "${outside}" ip saddr { ${set} } drop
    oifname "${outside}" ip daddr { ${set} } drop
  }
}
`;
  const loaded = await run('nft', ['-f', '-'], { input: table });
  if (loaded.code !== 0) throw new Error(`the network guard was refused: ${loaded.stderr}`);
  return {
    async remove() {
      const removed = await run('nft', ['delete', 'table', 'inet', name]);
      if (removed.code !== 0) throw new Error(`the network guard could not be removed: ${removed.stderr}`);
    },
  };
}

import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import { clusterPkiFiles } from '@taffrail/pki/cluster-pki';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { writeKubeconfig } from '@taffrail/pki/kubeconfig-file';
import { OperatingError } from '@taffrail/platform/failure';
import { dataDirectory, ensureDataDirectory } from '../cluster/cluster-directory.ts';
import { UsageError } from '../failure.ts';

interface Flags {
  readonly dataDir?: string;
  readonly server: string;
  readonly adminServer?: string;
  readonly host: readonly string[];
  readonly node: readonly string[];
  readonly serviceCidr: string;
}

/** `pki`: certificates, keys and kubeconfigs of a cluster whose services are started one by one, as in containers. */
export function register(program: Command): void {
  const collect = (value: string, values: readonly string[]): readonly string[] => [...values, value];
  program
    .command('pki')
    .description(
      'make the certificates and kubeconfigs of a cluster, or renew what needs it ("up" does this by itself)',
    )
    .requiredOption('--server <url>', "the API server's URL as the services reach it")
    .option('--admin-server <url>', "the API server's URL as people reach it (default: the same)")
    .option('--data-dir <dir>', 'where they are kept (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--host <name>', 'a further name or address of the API server; may be repeated', collect, [])
    .option('--node <name>', 'a node, as NAME or NAME=ADDRESS,ADDRESS; may be repeated', collect, [])
    .option('--service-cidr <range>', 'addresses of Services', '10.96.0.0/16')
    .action(async (flags: Flags) => {
      const dataDir = ensureDataDirectory(dataDirectory(flags.dataDir));
      const servers = [flags.server, ...(flags.adminServer === undefined ? [] : [flags.adminServer])];
      for (const server of servers) {
        if (!URL.canParse(server)) throw new UsageError(`"${server}" is not a URL`);
      }
      const { ensureClusterPki } = await import('@taffrail/pki/ensure-cluster-pki');
      await ensureClusterPki(dataDir, {
        clock: systemClock,
        random: systemRandom,
        server: flags.server,
        apiHosts: [...servers.map((server) => new URL(server).hostname), ...flags.host],
        serviceCidr: flags.serviceCidr,
        nodes: flags.node.map((node) => {
          const [name = '', addresses = ''] = node.split('=', 2);
          return { name, addresses: addresses.split(',').filter((address) => address !== '') };
        }),
      });
      const { adminKubeconfigFile } = clusterPkiFiles(dataDir);
      if (flags.adminServer !== undefined) await changeServer(adminKubeconfigFile, flags.adminServer);
      console.log(adminKubeconfigFile);
    });
}

async function changeServer(file: string, server: string): Promise<void> {
  const { context, user, certificateAuthority, clientCertificate, clientKey } = await readKubeconfig(file);
  if (certificateAuthority === undefined || clientCertificate === undefined || clientKey === undefined) {
    throw new OperatingError('protocol', `${file} has no client certificate`);
  }
  await writeKubeconfig(file, 'yaml', {
    name: context,
    user,
    server,
    certificateAuthority,
    clientCertificate,
    clientKey,
  });
}

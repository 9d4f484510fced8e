import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { OperatingError } from '@taffrail/platform/failure';
import { findLocalCluster } from '../cluster.ts';

/** `image load FILE`: brings images to the nodes without a registry. */
export function register(program: Command): void {
  const image = program.command('image').description('images of the nodes');
  image
    .command('load')
    .description(
      "load an OCI or docker archive (tar, gzip or zstd) with any number of images into every node's runtime",
    )
    .argument('<file>', 'the archive')
    .option('--data-dir <dir>', 'data directory of the cluster (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--kubeconfig <file>', 'kubeconfig in the data directory of the cluster (default: KUBECONFIG)')
    .action(async (file: string, options: { readonly dataDir?: string; readonly kubeconfig?: string }) => {
      if (!existsSync(file)) throw new OperatingError('unavailable', `there is no file ${file}`, { retryable: false });
      const { archiveImages } = await import('../image/archive-names.ts');
      const { importArchive } = await import('../image/import-archive.ts');
      const images = await archiveImages(file);
      const { record } = findLocalCluster(options);
      for (const { name, runtimeEndpoint } of record.nodes) {
        if (runtimeEndpoint === undefined) console.error(`node ${name} is simulated: it needs no images`);
        else await importArchive(runtimeEndpoint, file, images);
      }
      for (const { reference } of images) console.log(reference);
    });
}

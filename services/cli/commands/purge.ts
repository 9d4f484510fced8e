import type { Command } from 'commander';
import { findCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat } from '../failure.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
  readonly yes?: boolean;
  readonly output: string;
}

/** `purge KIND/NAME`: erases an encrypted object, all its incarnations and their whole past. Never without asking. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    program
      .command('purge')
      .description('erase an encrypted object for good: delete it and destroy the keys of every revision of that name')
      .argument('<kind/name>', 'e.g. secret/db; it may be deleted already')
      .option('-n, --namespace <namespace>', 'namespace of the object; ignored for cluster-wide kinds', 'default')
      .option('--yes', 'purge without asking; needed where there is no terminal')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (text: string, options: Options) => {
    const output = outputFormat(options.output);
    const { kubeconfig } = findCluster(options);
    const { purgeObject } = await import('../purge/purge-object.ts');
    const { namespace, yes } = options;
    await purgeObject({ kubeconfig, text, namespace, yes: yes === true, output, signal });
  });
}

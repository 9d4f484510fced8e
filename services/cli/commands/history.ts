import type { Command } from 'commander';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat, UsageError } from '../failure.ts';

interface Options extends ClusterOptions {
  readonly namespace: string;
  readonly output: string;
  readonly limit: string;
}

/** `history KIND/NAME`: who changed an object, when and how; it outlives the object. */
export function register(program: Command): void {
  withClusterOptions(
    program
      .command('history')
      .description('show every change of an object, also of one that was deleted: when, what, who and why')
      .argument('<kind/name>', 'e.g. deployment/web')
      .option('-n, --namespace <namespace>', 'namespace of the object; ignored for cluster-wide kinds', 'default')
      .option('--limit <count>', 'the newest changes only', '1000')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (text: string, options: Options) => {
    const output = outputFormat(options.output);
    const limit = Number(options.limit);
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw new UsageError(`--limit is a number from 1, not "${options.limit}"`);
    }
    const { record } = findLocalCluster(options);
    const { showHistory } = await import('../history/show-history.ts');
    await showHistory(record, { text, namespace: options.namespace, limit, output });
  });
}

import type { Command } from 'commander';
import { findCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { outputFormat, UsageError } from '../failure.ts';

interface Options extends ClusterOptions {
  readonly atomic?: boolean;
  readonly filename: readonly string[];
  readonly recursive?: boolean;
  readonly namespace: string;
  readonly dryRun: string;
  readonly output: string;
}

/** `apply --atomic -f FILE`: applies all objects of the files in one transaction, or none of them. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    program
      .command('apply')
      .description('apply the objects of files in one transaction: all of them or, when one is refused, none')
      .option('--atomic', 'required: whoever wants less uses kubectl apply')
      .requiredOption('-f, --filename <file...>', 'file, directory, or - for standard input; YAML or JSON')
      .option('-R, --recursive', 'look into directories of a directory as well')
      .option('-n, --namespace <namespace>', 'where objects go that name no namespace', 'default')
      .option('--dry-run <strategy>', 'server: say what would happen and change nothing; none', 'none')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (options: Options) => {
    const output = outputFormat(options.output);
    if (options.atomic !== true) throw new UsageError('apply works in one transaction and wants --atomic said');
    if (options.dryRun !== 'none' && options.dryRun !== 'server') {
      throw new UsageError(`--dry-run is none or server, not "${options.dryRun}"`);
    }
    const { kubeconfig } = findCluster(options);
    const { applyFiles } = await import('../apply/apply-files.ts');
    await applyFiles({
      kubeconfig,
      files: options.filename,
      recursive: options.recursive === true,
      namespace: options.namespace,
      dryRun: options.dryRun === 'server',
      output,
      signal,
    });
  });
}

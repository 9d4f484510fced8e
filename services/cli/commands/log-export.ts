import type { Command } from 'commander';
import type { TimeRange } from '@taffrail/log/excerpt';
import { systemClock } from '@taffrail/platform/clock';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { dataDirectory } from '../cluster/cluster-directory.ts';
import { outputFormat, UsageError } from '../failure.ts';
import { momentOption } from '../history/past-options.ts';
import { logCommand } from './log-command.ts';

interface Options extends ClusterOptions {
  readonly output: string;
}

interface ExportOptions extends Options {
  readonly from?: string;
  readonly to?: string;
  readonly checkpoint?: string;
}

interface ImportOptions extends Options {
  readonly keys?: string;
}

/** `log export FILE`, `log import FILE`, `backup FILE`, `restore FILE`: the logs as one file that verifies by itself. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    logCommand(program)
      .command('export')
      .description('write the whole log with its checkpoints to a file; run again, it goes on where it was broken off')
      .argument('<file>', 'a new file, or one that was broken off')
      .option('--from <time>', 'only what was committed since (2026-11-21T09:00:00Z, or how long ago: 30d)')
      .option('--to <time>', 'only what was committed until then (default: now)')
      .option('--checkpoint <file>', 'a checkpoint an auditor has kept: an excerpt reaches to its commit')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (file: string, options: ExportOptions) => {
    const output = outputFormat(options.output);
    const range = rangeOption(options, systemClock.nowMs());
    const { record, dataDir } = findLocalCluster(options);
    const kept = options.checkpoint === undefined ? {} : { checkpointFile: options.checkpoint };
    const { exportCluster } = await import('../log/export-cluster.ts');
    await exportCluster(record, {
      file,
      ...(range === undefined ? {} : { excerpt: { range, dataDir, ...kept } }),
      output,
      signal,
    });
  });
  logCommand(program)
    .command('import')
    .description('put an exported log into an empty data directory, every revision where it was; then start it with up')
    .argument('<file>', 'a whole export')
    .option('--data-dir <dir>', 'an empty data directory (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--keys <file>', "the backup's wrapped keys (default: FILE.keys when it is there)")
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (file: string, options: ImportOptions) => {
      const output = outputFormat(options.output);
      const { importCluster } = await import('../log/import-cluster.ts');
      await importCluster(dataDirectory(options.dataDir), { file, ...keysOf(options), reopen: false, output, signal });
    });
  withClusterOptions(
    program
      .command('backup')
      .description('write everything that a restore needs to a file, as of one revision, while the cluster runs')
      .argument('<file>', 'a new file; the wrapped keys of Secrets go to one beside it, FILE.keys')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (file: string, options: Options) => {
    const output = outputFormat(options.output);
    const { record } = findLocalCluster(options);
    const { exportCluster } = await import('../log/export-cluster.ts');
    await exportCluster(record, { file, keyFile: `${file}.keys`, output, signal });
  });
  program
    .command('restore')
    .description('bring a backup back into an empty data directory; clients list once again, the past stays readable')
    .argument('<file>', 'a backup')
    .option('--data-dir <dir>', 'an empty data directory (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--keys <file>', "the backup's wrapped keys (default: FILE.keys when it is there)")
    .option('-o, --output <format>', 'text or json', 'text')
    .action(async (file: string, options: ImportOptions) => {
      const output = outputFormat(options.output);
      const { importCluster } = await import('../log/import-cluster.ts');
      await importCluster(dataDirectory(options.dataDir), { file, ...keysOf(options), reopen: true, output, signal });
    });
}

function keysOf({ keys }: ImportOptions): { readonly keyFile?: string } {
  return keys === undefined ? {} : { keyFile: keys };
}

/** The time range of an excerpt; undefined for the whole log. Throws UsageError. */
function rangeOption({ from, to, checkpoint }: ExportOptions, nowMs: number): TimeRange | undefined {
  if (from === undefined) {
    if (to !== undefined || checkpoint !== undefined) throw new UsageError('--to and --checkpoint want a --from');
    return undefined;
  }
  const fromMs = timeOption('--from', from, nowMs);
  const toMs = to === undefined ? nowMs : timeOption('--to', to, nowMs);
  if (toMs > nowMs) throw new UsageError(`--to lies in the future: what will be committed by then cannot be exported`);
  if (fromMs > toMs) throw new UsageError('--from lies behind --to');
  return { fromMs, toMs };
}

function timeOption(name: string, text: string, nowMs: number): number {
  if (/^\d+$/.test(text)) throw new UsageError(`${name} is a time, not a revision`);
  return Date.parse(momentOption(name, text, nowMs));
}

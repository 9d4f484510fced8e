import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { environmentVariable } from '@taffrail/platform/environment';
import { findCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { UsageError } from '../failure.ts';
import { momentOption } from '../history/past-options.ts';
import type { AtOutput } from '../at/write-context.ts';

interface Options extends ClusterOptions {
  readonly context?: string;
  readonly use?: boolean;
  readonly speed?: string;
  readonly until?: string;
  readonly output: string;
}

const OUTPUTS: readonly AtOutput[] = ['text', 'json', 'kubeconfig', 'server'];

/** `at REVISION|TIME`: a kubeconfig context with which any client reads the cluster as it was. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    program
      .command('at')
      .description(
        'write a kubeconfig context of a past moment: with it kubectl and any other client read what was then',
      )
      .argument('<moment>', 'a revision, or a time: 2026-11-21T09:00:00Z, or how long ago: 10m, 2h, 7d')
      .option('--context <name>', 'its name (default: at-<moment>)')
      .option('--use', 'make it the current context')
      .option('--speed <factor>', 'watches go on at this pace (1: as it went; 0: time stands still; default: at once)')
      .option('--until <moment>', 'watches end there, or at "now" (default: they go on with the present)')
      .option('-o, --output <format>', 'text or json; kubeconfig or server: print that and write no file', 'text'),
  ).action(async (text: string, options: Options) => {
    const nowMs = systemClock.nowMs();
    const output = OUTPUTS.find((one) => one === options.output);
    if (output === undefined) throw new UsageError(`--output is ${OUTPUTS.join(', ')}, not "${options.output}"`);
    const speed = options.speed ?? '';
    if (speed !== '' && !/^\d+(\.\d+)?$/.test(speed)) {
      throw new UsageError(`--speed is a number from 0, not "${speed}"`);
    }
    const { until = '' } = options;
    const { writeContext } = await import('../at/write-context.ts');
    await writeContext({
      kubeconfig: kubeconfigOf(options),
      moment: momentOption('the moment', text, nowMs).replace('.000Z', 'Z'),
      ...(options.context === undefined ? {} : { context: options.context }),
      speed,
      until: until === '' || until === 'now' ? until : momentOption('--until', until, nowMs),
      use: options.use === true,
      output,
      signal,
    });
  });
}

/** As a kubectl plugin the file kubectl would write to; else that of the cluster that is meant. */
function kubeconfigOf(options: Options): string {
  if (options.kubeconfig === undefined && environmentVariable('TAFFRAIL_KUBECTL_PLUGIN') !== undefined) {
    const [first] = (environmentVariable('KUBECONFIG') ?? '').split(delimiter).filter((file) => file !== '');
    return first ?? join(homedir(), '.kube', 'config');
  }
  return findCluster(options).kubeconfig;
}

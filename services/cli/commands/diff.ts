import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { outputFormat, UsageError } from '../failure.ts';
import { momentOption, withPastOptions, type PastOptions } from '../history/past-options.ts';

interface Options extends PastOptions {
  readonly allNamespaces?: boolean;
  readonly from: string;
  readonly to?: string;
  readonly showBookkeeping?: boolean;
  readonly exitCode?: boolean;
}

/** `diff KIND[/NAME]|--namespace NS|-A --from R [--to R]`: what differs between two moments. */
export function register(program: Command, signal: AbortSignal): void {
  withPastOptions(
    program
      .command('diff')
      .description('show what differs between two moments: of an object, a kind, a namespace (-n) or the cluster (-A)')
      .argument('[kind/name]', 'e.g. deployment/web; a kind alone for all of it')
      .option('-A, --all-namespaces', 'of all namespaces; without a kind also what lies in none')
      .requiredOption('--from <moment>', 'a revision, a time (2026-11-21T09:00:00Z) or how long ago (10m, 2h, 7d)')
      .option('--to <moment>', 'the same (default: now)')
      .option('--show-bookkeeping', 'also managedFields and generation, which every write changes')
      .option('--exit-code', 'end with 1 when there are differences, as git does'),
    'namespace to compare',
  ).action(async (text: string | undefined, options: Options) => {
    const output = outputFormat(options.output);
    if (text === undefined && options.namespace === undefined && options.allNamespaces !== true) {
      throw new UsageError('diff wants KIND/NAME, --namespace or --all-namespaces');
    }
    const { namedScope } = await import('../history/named-object.ts');
    const named = text === undefined ? undefined : namedScope(text);
    const nowMs = systemClock.nowMs();
    const from = momentOption('--from', options.from, nowMs);
    const to = options.to === undefined ? {} : { to: momentOption('--to', options.to, nowMs) };
    const { openPastApi } = await import('../history/past-api.ts');
    const { showDiff } = await import('../history/show-diff.ts');
    const api = await openPastApi(options, signal);
    try {
      const namespace = options.allNamespaces === true ? undefined : api.namespace;
      const scope = { namespace, ...(named === undefined ? {} : { named }) };
      const differs = await showDiff(api, {
        scope,
        from,
        ...to,
        bookkeeping: options.showBookkeeping === true,
        output,
      });
      if (differs && options.exitCode === true) process.exitCode = 1;
    } finally {
      api.close();
    }
  });
}

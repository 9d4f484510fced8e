import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { outputFormat } from '../failure.ts';
import { countOption, momentOption, withPastOptions, type PastOptions } from '../history/past-options.ts';

interface Options extends PastOptions {
  readonly allNamespaces?: boolean;
  readonly limit: string;
  readonly patch?: boolean;
  readonly since?: string;
  readonly until?: string;
  readonly user?: string;
  readonly field?: string;
  readonly selector?: string;
}

/** `history [KIND[/NAME]]`: who changed what, when and how; it outlives the objects. */
export function register(program: Command, signal: AbortSignal): void {
  withPastOptions(
    program
      .command('history')
      .description(
        'show changes, also of what was deleted: when, what, who and why; of an object, a kind or a namespace',
      )
      .argument('[kind/name]', 'e.g. deployment/web; a kind alone for all of it; nothing for the whole namespace')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('-l, --selector <labels>', 'only objects with these labels, before or after the change')
      .option('--field <path>', 'only changes of this field, e.g. spec.replicas')
      .option('--user <name>', 'only changes of this user')
      .option('--since <moment>', 'only changes from this revision or time on (2026-11-21T09:00:00Z, 10m, 2h, 7d)')
      .option('--until <moment>', 'only changes up to this revision or time')
      .option('-p, --patch', 'show each change as a diff')
      .option('--limit <count>', 'the newest changes only', '1000'),
    'namespace to look into; ignored for cluster-wide kinds',
  ).action(async (text: string | undefined, options: Options) => {
    const output = outputFormat(options.output);
    const limit = countOption('--limit', options.limit);
    const { namedScope } = await import('../history/named-object.ts');
    const named = text === undefined ? undefined : namedScope(text);
    const nowMs = systemClock.nowMs();
    const { since, until, user, field, selector } = options;
    const { openPastApi } = await import('../history/past-api.ts');
    const { showHistory } = await import('../history/show-history.ts');
    const api = await openPastApi(options, signal);
    try {
      await showHistory(api, {
        scope: {
          namespace: options.allNamespaces === true ? undefined : api.namespace,
          ...(named === undefined ? {} : { named }),
        },
        limit,
        output,
        patch: options.patch === true,
        ...(since === undefined ? {} : { since: momentOption('--since', since, nowMs) }),
        ...(until === undefined ? {} : { until: momentOption('--until', until, nowMs) }),
        ...(user === undefined ? {} : { user }),
        ...(field === undefined ? {} : { field }),
        ...(selector === undefined ? {} : { selector }),
      });
    } finally {
      api.close();
    }
  });
}

import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { outputFormat, UsageError } from '../failure.ts';
import { momentOption, withPastOptions, type PastOptions } from '../history/past-options.ts';
import type { UndoCommand } from '../history/undo.ts';

interface Options extends PastOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly to?: string;
  readonly transaction?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** `undo KIND/NAME|-n NS|-l LABELS --to R`, `undo --transaction R`: puts back what was, as one new transaction. */
export function register(program: Command, signal: AbortSignal): void {
  withPastOptions(
    program
      .command('undo')
      .description('put an object, a namespace (-n) or what labels select (-l) back as it was, in one transaction')
      .argument('[kind/name]', 'e.g. deployment/web; with -l a kind alone')
      .option('-l, --selector <labels>', 'only objects with these labels, then or now')
      .option('-A, --all-namespaces', 'with -l: of all namespaces')
      .option('--to <moment>', 'the revision or time to go back to (2026-11-21T09:00:00Z, 10m, 2h, 7d)')
      .option('--transaction <revision>', 'take one earlier transaction back instead, and nothing else')
      .option('--force', 'also what was changed later')
      .option('--dry-run', 'show what would be done, and do nothing')
      .option('--yes', 'do not ask'),
    'namespace to put back, or of the object',
  ).action(async (text: string | undefined, options: Options) => {
    const output = outputFormat(options.output);
    const plan = await wanted(text, options);
    const { openPastApi } = await import('../history/past-api.ts');
    const { undo } = await import('../history/undo.ts');
    const api = await openPastApi(options, signal);
    try {
      await undo(api, {
        what: plan(api.namespace),
        force: options.force === true,
        yes: options.yes === true,
        dryRun: options.dryRun === true,
        output,
      });
    } finally {
      api.close();
    }
  });
}

/** What the command line asks for, once the namespace that is meant is known. Throws UsageError. */
async function wanted(text: string | undefined, options: Options): Promise<(namespace: string) => UndoCommand['what']> {
  const { transaction, to, selector, namespace, allNamespaces } = options;
  if (transaction !== undefined) {
    if (text !== undefined || to !== undefined || selector !== undefined) {
      throw new UsageError('--transaction stands alone: a transaction is taken back whole');
    }
    if (!/^\d+$/.test(transaction)) throw new UsageError(`--transaction is a revision, not "${transaction}"`);
    return () => ({ type: 'transaction', revision: transaction });
  }
  if (to === undefined) throw new UsageError('undo wants --to or --transaction');
  const moment = momentOption('--to', to, systemClock.nowMs());
  if (text?.includes('/') === true) {
    if (selector !== undefined) throw new UsageError('an object is named or selected, not both');
    const { namedObject } = await import('../history/named-object.ts');
    const named = namedObject(text);
    return (within) => ({ type: 'object', named, namespace: within, to: moment });
  }
  if (selector === undefined && (text !== undefined || namespace === undefined)) {
    throw new UsageError('undo wants KIND/NAME, --namespace or --selector');
  }
  const { namedScope } = await import('../history/named-object.ts');
  const named = text === undefined ? {} : { named: namedScope(text) };
  const labels = selector === undefined ? {} : { selector };
  return (within) => ({
    type: 'scope',
    ...named,
    ...labels,
    namespace: allNamespaces === true ? undefined : within,
    to: moment,
  });
}

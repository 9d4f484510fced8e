import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { outputFormat } from '../failure.ts';
import { momentOption, withPastOptions, type PastOptions } from '../history/past-options.ts';

interface Options extends PastOptions {
  readonly at?: string;
  readonly forward?: boolean;
}

/** `why KIND/NAME`: the chain of causes from a change back to who or what began it. */
export function register(program: Command, signal: AbortSignal): void {
  withPastOptions(
    program
      .command('why')
      .description('show what led to the newest change of an object, back to the user, timer or node that began it')
      .argument('<kind/name>', 'e.g. pod/web-7d4b9c-x2x9z; also one that is gone')
      .option('--at <moment>', 'the last change at this revision or time (2026-11-21T09:00:00Z, 10m, 2h, 7d)')
      .option('--forward', 'show what the change led to instead'),
    'namespace of the object; ignored for cluster-wide kinds',
  ).action(async (text: string, options: Options) => {
    const output = outputFormat(options.output);
    const { namedObject } = await import('../history/named-object.ts');
    const named = namedObject(text);
    const at = options.at === undefined ? {} : { at: momentOption('--at', options.at, systemClock.nowMs()) };
    const { openPastApi } = await import('../history/past-api.ts');
    const { showWhy } = await import('../history/show-why.ts');
    const api = await openPastApi(options, signal);
    try {
      const scope = { named, namespace: api.namespace };
      await showWhy(api, { scope, ...at, forward: options.forward === true, output });
    } finally {
      api.close();
    }
  });
}

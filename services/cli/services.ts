import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { assert } from '@taffrail/platform/assert';

/** A program of its own that `up` starts and that containers run as `taffrail <name>`. */
export type ServiceName = 'api' | 'controllers' | 'scheduler' | 'agent';

export const SERVICES: readonly { readonly name: ServiceName; readonly description: string }[] = [
  { name: 'api', description: 'run the API server alone, in the foreground' },
  { name: 'controllers', description: 'run the built-in controllers alone, in the foreground' },
  { name: 'scheduler', description: 'run the scheduler alone, in the foreground' },
  { name: 'agent', description: 'run a node agent alone, in the foreground' },
];

/** The repository (or the image's copy of it): the nearest directory above this file, source or built, that holds the services. */
export function repositoryRoot(): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'services'))) {
    const above = dirname(directory);
    assert(above !== directory, 'the command line lies in its repository');
    directory = above;
  }
  return directory;
}

/** The built entry point of a service, which `tools/bundle.ts` makes. */
export function serviceEntry(name: ServiceName | 'cli'): string {
  return join(repositoryRoot(), 'dist', `${name}.js`);
}

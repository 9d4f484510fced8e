import { join, resolve } from 'node:path';

/** A program of its own that `up` starts and that containers run as `taffrail <name>`. */
export type ServiceName = 'api' | 'controllers' | 'scheduler' | 'agent';

export const SERVICES: readonly { readonly name: ServiceName; readonly description: string }[] = [
  { name: 'api', description: 'run the API server alone, in the foreground' },
  { name: 'controllers', description: 'run the built-in controllers alone, in the foreground' },
  { name: 'scheduler', description: 'run the scheduler alone, in the foreground' },
  { name: 'agent', description: 'run a node agent alone, in the foreground' },
];

/** The repository (or the image's copy of it): this file runs from `services/cli` as source and from `services/cli/dist` built. */
export function repositoryRoot(): string {
  return resolve(import.meta.dirname, import.meta.dirname.endsWith('dist') ? '../../..' : '../..');
}

/** The built entry point of a service. */
export function serviceEntry(name: ServiceName | 'cli'): string {
  return join(repositoryRoot(), 'services', name, 'dist', 'main.js');
}

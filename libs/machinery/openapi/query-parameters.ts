import type { QueryParameter } from './operation.ts';

const text = (name: string): QueryParameter => ({ name, type: 'string' });
const flag = (name: string): QueryParameter => ({ name, type: 'boolean' });
const number = (name: string): QueryParameter => ({ name, type: 'integer' });

/** Every path takes it. */
export const PRETTY = text('pretty');

export const LIST_PARAMETERS: readonly QueryParameter[] = [
  flag('allowWatchBookmarks'),
  text('continue'),
  text('fieldSelector'),
  text('labelSelector'),
  number('limit'),
  text('resourceVersion'),
  text('resourceVersionMatch'),
  flag('sendInitialEvents'),
  number('timeoutSeconds'),
  flag('watch'),
];

export const WRITE_PARAMETERS: readonly QueryParameter[] = [
  text('dryRun'),
  text('fieldManager'),
  text('fieldValidation'),
];

/** kubectl looks for `fieldValidation` and `dryRun` here before it validates on the server. */
export const PATCH_PARAMETERS: readonly QueryParameter[] = [...WRITE_PARAMETERS, flag('force')];

export const DELETE_PARAMETERS: readonly QueryParameter[] = [
  text('dryRun'),
  number('gracePeriodSeconds'),
  flag('ignoreStoreReadErrorWithClusterBreakingPotential'),
  flag('orphanDependents'),
  text('propagationPolicy'),
];

/** A collection is deleted by what a list would show; it is not watched. */
export const DELETE_COLLECTION_PARAMETERS: readonly QueryParameter[] = [
  ...DELETE_PARAMETERS,
  ...LIST_PARAMETERS.filter(({ name }) => name !== 'allowWatchBookmarks' && name !== 'watch'),
].toSorted((left, right) => (left.name < right.name ? -1 : 1));

export const LOG_PARAMETERS: readonly QueryParameter[] = [
  text('container'),
  flag('follow'),
  flag('insecureSkipTLSVerifyBackend'),
  number('limitBytes'),
  flag('previous'),
  number('sinceSeconds'),
  text('stream'),
  number('tailLines'),
  flag('timestamps'),
];

const streams = [flag('stderr'), flag('stdin'), flag('stdout'), flag('tty')];

/** What connections take, by subresource. */
export const CONNECT_PARAMETERS: ReadonlyMap<string, readonly QueryParameter[]> = new Map([
  ['attach', [text('container'), ...streams]],
  ['exec', [text('command'), text('container'), ...streams]],
  ['portforward', [number('ports')]],
  ['proxy', [text('path')]],
]);

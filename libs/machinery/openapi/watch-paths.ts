import type { ServedResource } from '@taffrail/resources/definition';
import type { ApiOperation, ApiPath } from './operation.ts';
import { named } from './operation-names.ts';
import { LIST_PARAMETERS } from './query-parameters.ts';

const WATCH_EVENT_TYPE = 'io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent';

/** The paths of watches in their old spelling, `/api/v1/watch/…`, which is served still. */
export function watchPaths(definition: ServedResource, root: string): readonly ApiPath[] {
  if (!definition.verbs.includes('watch')) return [];
  const { namespaced, resource } = definition;
  const scope = namespaced ? (['namespace'] as const) : [];
  const collection = namespaced ? `${root}/watch/namespaces/{namespace}/${resource}` : `${root}/watch/${resource}`;
  return [
    { path: collection, variables: scope, operations: [watchList(definition, false)] },
    { path: `${collection}/{name}`, variables: ['name', ...scope], operations: [watchOne(definition)] },
    ...(namespaced
      ? [{ path: `${root}/watch/${resource}`, variables: [], operations: [watchList(definition, true)] }]
      : []),
  ];
}

const INSTEAD = "deprecated: use the 'watch' parameter with a list operation instead";

function watchList(definition: ServedResource, everywhere: boolean): ApiOperation {
  const description = `watch individual changes to a list of ${definition.kind}. ${INSTEAD}.`;
  return watch(named(definition, 'watchlist', { verb: 'watch', suffix: 'List', everywhere }, description));
}

function watchOne(definition: ServedResource): ApiOperation {
  const description = `watch changes to an object of kind ${definition.kind}. ${INSTEAD}, filtered to a single item with the 'fieldSelector' parameter.`;
  return watch(named(definition, 'watch', { verb: 'watch' }, description));
}

function watch(names: ReturnType<typeof named>): ApiOperation {
  return {
    ...names,
    method: 'get',
    content: 'list',
    query: LIST_PARAMETERS,
    response: WATCH_EVENT_TYPE,
    statuses: [],
  };
}

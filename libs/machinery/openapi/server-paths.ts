import type { ServedResource } from '@taffrail/resources/definition';
import type { ApiOperation, ApiPath } from './operation.ts';
import { capital, groupName, tagOf } from './operation-names.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';

/** What leads to an API rather than being part of it, with the document it belongs to (`/openapi/v3` + `document`). */
export interface ServerPath extends ApiPath {
  readonly document: string;
}

/** The paths of discovery and of the server itself. */
export function serverPaths(definitions: readonly ServedResource[]): readonly ServerPath[] {
  const groups = [...new Set(definitions.map(({ group }) => group))].filter((group) => group !== '');
  return [
    at('/api', discovery('getCoreAPIVersions', 'get available API versions', 'core', 'APIVersions')),
    at('/apis', discovery('getAPIVersions', 'get available API versions', 'apis', 'APIGroupList')),
    ...groups.map((group) =>
      at(
        `/apis/${group}`,
        discovery(`get${groupName(group)}APIGroup`, 'get information of a group', tagOf({ group }), 'APIGroup'),
      ),
    ),
    at('/version', {
      ...discovery('getCodeVersion', 'get the version information for this server', 'version', ''),
      content: 'version',
      response: 'io.k8s.apimachinery.pkg.version.Info',
    }),
  ];
}

/** The path that lists the resources of a group and version. */
export function resourceListPath(root: string, { group, version }: Pick<ServedResource, 'group' | 'version'>): ApiPath {
  const id = `get${groupName(group)}${capital(version)}APIResources`;
  return at(root, discovery(id, 'get available resources', tagOf({ group, version }), 'APIResourceList'));
}

function at(document: string, operation: ApiOperation): ServerPath {
  return { document, path: `${document}/`, variables: [], operations: [operation] };
}

function discovery(id: string, description: string, tag: string, kind: string): ApiOperation {
  return {
    method: 'get',
    content: 'discovery',
    id,
    description,
    tag,
    query: [],
    response: `${META}.${kind}`,
    statuses: [],
  };
}

import type { ServedResource } from '@taffrail/resources/definition';
import type { ApiOperation, KindName } from './operation.ts';
import { capital, named } from './operation-names.ts';
import { PATCH_PARAMETERS, WRITE_PARAMETERS } from './query-parameters.ts';

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
export const PATCH_TYPE = `${META}.Patch`;
export const STATUS_TYPE = `${META}.Status`;
export const DELETE_OPTIONS_TYPE = `${META}.DeleteOptions`;

/** Of a subresource: its name and its own kind. */
export interface OfSubresource {
  readonly name: string;
  readonly kind: KindName;
}

export function readOperation(
  definition: ServedResource,
  description: string,
  type: string | undefined,
  of?: OfSubresource,
): ApiOperation {
  return {
    ...named(definition, 'get', { verb: 'read', suffix: capital(of?.name ?? '') }, description, of?.kind),
    method: 'get',
    content: 'object',
    query: [],
    ...(type === undefined ? {} : { response: type }),
    statuses: [],
  };
}

export function replaceOperation(
  definition: ServedResource,
  description: string,
  type: string,
  of?: OfSubresource,
): ApiOperation {
  return {
    ...named(definition, 'put', { verb: 'replace', suffix: capital(of?.name ?? '') }, description, of?.kind),
    method: 'put',
    content: 'object',
    query: WRITE_PARAMETERS,
    request: { type, required: true },
    response: type,
    statuses: [201],
  };
}

export function patchOperation(
  definition: ServedResource,
  description: string,
  type: string,
  of?: OfSubresource,
): ApiOperation {
  return {
    ...named(definition, 'patch', { verb: 'patch', suffix: capital(of?.name ?? '') }, description, of?.kind),
    method: 'patch',
    content: 'object',
    query: PATCH_PARAMETERS,
    request: { type: PATCH_TYPE, required: true },
    response: type,
    statuses: [201],
  };
}

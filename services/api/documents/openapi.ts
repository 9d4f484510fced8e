import type { Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Exchange } from '../http/exchange.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import type { ApiGroup } from './api-groups.ts';

/** The OpenAPI documents of a server. */
export interface OpenApiDocuments {
  readonly paths: readonly string[];
  answer(exchange: Exchange, request: PathRequest, name: string): boolean | Rejection;
}

export function openApiDocuments(
  _definitions: readonly ResourceDefinition[],
  _groups: readonly ApiGroup[],
): OpenApiDocuments {
  return { paths: [], answer: () => false };
}

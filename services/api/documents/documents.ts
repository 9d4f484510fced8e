import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ServedResource } from '@taffrail/resources/definition';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_OFFER, clausesOf, type Representation } from '../http/negotiation.ts';
import { METHOD_NOT_ALLOWED, UNKNOWN_RESOURCE } from '../http/rejections.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { representationOf } from '../handlers/representation.ts';
import type { ApiDocuments } from '../router.ts';
import { apiGroups } from './api-groups.ts';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, apiVersions } from './discovery.ts';
import { answerDocument, jsonDocument, type Document } from './document.ts';
import { openApiDocuments } from './openapi.ts';

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const JSON_ONLY: Pick<Representation, 'format' | 'pretty'> = { format: 'json', pretty: false };

/** Discovery and OpenAPI of a set of resources. */
export function apiDocuments(definitions: readonly ServedResource[], serverAddress: string): ApiDocuments {
  const groups = apiGroups(definitions);
  const core = groups.filter((group) => group.name === '');
  const named = groups.filter((group) => group.name !== '');
  const plain = new Map<string, Document>([
    ['/api', jsonDocument(() => apiVersions(groups, serverAddress))],
    ['/apis', jsonDocument(() => apiGroupList(groups))],
  ]);
  for (const group of groups) {
    const prefix = group.name === '' ? '/api' : `/apis/${group.name}`;
    if (group.name !== '')
      plain.set(
        prefix,
        jsonDocument(() => apiGroup(group)),
      );
    for (const version of group.versions) {
      plain.set(
        `${prefix}/${version.version}`,
        jsonDocument(() => apiResourceList(group, version)),
      );
    }
  }
  const aggregated = new Map<string, Document>([
    ['/api', jsonDocument(() => aggregatedDiscovery(core), AGGREGATED_TYPE)],
    ['/apis', jsonDocument(() => aggregatedDiscovery(named), AGGREGATED_TYPE)],
  ]);
  const openApi = openApiDocuments(definitions);
  const paths = [...plain.keys(), ...openApi.paths, '/healthz', '/livez', '/metrics', '/readyz', '/version'].toSorted();
  plain.set(
    '',
    jsonDocument(() => ({ paths })),
  );

  return {
    answer(exchange, request) {
      const name = request.segments.map((segment) => `/${segment}`).join('');
      const documents = wantsAggregated(exchange) && aggregated.has(name) ? aggregated : plain;
      const found = documents.get(name);
      if (found === undefined) {
        if (name.startsWith('/openapi/')) return openApi.answer(exchange, request, name);
        return unknownVersion(request, plain);
      }
      if (!isRead(request)) return METHOD_NOT_ALLOWED;
      if (documents === aggregated) {
        answerDocument(exchange, found, JSON_ONLY);
        return true;
      }
      const representation = representationOf(exchange, request.query, PLAIN_OFFER);
      if (isRejection(representation)) return representation;
      answerDocument(exchange, found, representation);
      return true;
    },
  };
}

function isRead(request: PathRequest): boolean {
  return request.verb === 'get' || request.verb === 'head';
}

/** A version a known group does not have is refused in the API's words; any other path is not ours. */
function unknownVersion({ segments }: PathRequest, plain: ReadonlyMap<string, Document>): boolean | Rejection {
  const [first, second] = segments;
  if (first === 'api' && segments.length === 2) return UNKNOWN_RESOURCE;
  return first === 'apis' && segments.length === 3 && plain.has(`/apis/${second}`) ? UNKNOWN_RESOURCE : false;
}

/** Whether the client prefers aggregated discovery to the plain documents. */
function wantsAggregated(exchange: Exchange): boolean {
  const accept = exchange.header('accept');
  if (accept?.includes('APIGroupDiscoveryList') !== true) return false;
  const [best] = clausesOf(accept).filter(
    ({ type, parameters }) =>
      type === 'application/json' &&
      (!parameters.has('as') ||
        (parameters.get('as') === 'APIGroupDiscoveryList' &&
          parameters.get('g') === 'apidiscovery.k8s.io' &&
          parameters.get('v') === 'v2')),
  );
  return best?.parameters.has('as') === true;
}

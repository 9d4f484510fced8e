import type { Clock } from '@taffrail/platform/clock';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Encoding } from '../encoding/encoding.ts';
import { objectEncoding } from '../encoding/object-encoding.ts';
import { partialEncodings } from '../encoding/partial-encoding.ts';
import { tableEncoding, type IncludeObject } from '../encoding/table-encoding.ts';
import type { Exchange } from '../http/exchange.ts';
import { LIST_OFFER, negotiate, wantsPretty, type Offer, type Representation } from '../http/negotiation.ts';

/** By what answers are dated by: the present has one clock, every reading of the past its own. */
const encodings = new WeakMap<Clock, Map<ResourceDefinition, Map<string, Encoding>>>();

/** How an answer is to look: chosen by `Accept`, `pretty` and `includeObject`. */
export interface Presentation {
  readonly representation: Representation;
  readonly encoding: Encoding;
}

/** Negotiates an answer about a resource; 406 or 400 when it cannot be given. */
export function presentationOf(
  exchange: Exchange,
  query: URLSearchParams,
  definition: ResourceDefinition,
  offer: Offer,
  clock: Clock,
): Presentation | Rejection {
  const representation = representationOf(exchange, query, offer);
  if (isRejection(representation)) return representation;
  const misshapen = shapeFault(representation, definition, offer);
  if (misshapen !== undefined) return misshapen;
  const include = representation.shape === 'table' ? includeObject(query) : 'Metadata';
  if (isRejection(include)) return include;
  return { representation, encoding: encodingOf(definition, representation, include, clock) };
}

/** The 406 of the shape of a list for one object, or the other way round. */
function shapeFault({ shape }: Representation, definition: ResourceDefinition, offer: Offer): Rejection | undefined {
  const list = offer === LIST_OFFER;
  if (shape !== (list ? 'partial' : 'partial-list')) return undefined;
  const asked = list ? 'PartialObjectMetadata' : 'PartialObjectMetadataList';
  const kind = list ? definition.listKind : definition.kind;
  const type = `*${definition.group === '' ? 'core' : definition.group.split('.', 1)[0]}.${kind}`;
  const message = `you requested ${asked}, but the requested object is ${list ? 'a' : 'not a'} list (${type})`;
  return { rejected: true, reason: 'NotAcceptable', code: 406, message };
}

/** Negotiates an answer that has one shape only. */
export function representationOf(exchange: Exchange, query: URLSearchParams, offer: Offer): Representation | Rejection {
  return negotiate(exchange.header('accept'), offer, wantsPretty(query, exchange.header('user-agent')));
}

/** What rows of a Table carry beside their cells. */
export function includeObject(query: URLSearchParams): IncludeObject | Rejection {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  return badRequest(`Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`);
}

/** The encoding of a resource in a shape. One for each, so that watchers of the same shape share encoded events. */
function encodingOf(
  definition: ResourceDefinition,
  { shape, metaVersion }: Representation,
  include: IncludeObject,
  clock: Clock,
): Encoding {
  if (shape === 'partial' || shape === 'partial-list') return partialEncodings[metaVersion];
  let dated = encodings.get(clock);
  if (dated === undefined) encodings.set(clock, (dated = new Map()));
  let known = dated.get(definition);
  if (known === undefined) dated.set(definition, (known = new Map()));
  const name = shape === 'table' ? `table ${metaVersion} ${include}` : shape;
  let encoding = known.get(name);
  if (encoding === undefined) {
    encoding = shape === 'table' ? tableEncoding(definition, include, clock, metaVersion) : objectEncoding(definition);
    known.set(name, encoding);
  }
  return encoding;
}

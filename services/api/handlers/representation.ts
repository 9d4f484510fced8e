import type { Clock } from '@taffrail/platform/clock';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Encoding } from '../encoding/encoding.ts';
import { objectEncoding } from '../encoding/object-encoding.ts';
import { partialEncoding } from '../encoding/partial-encoding.ts';
import { tableEncoding, type IncludeObject } from '../encoding/table-encoding.ts';
import type { Exchange } from '../http/exchange.ts';
import { negotiate, wantsPretty, type Offer, type Representation } from '../http/negotiation.ts';

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
  const include = representation.shape === 'table' ? includeObject(query) : 'Metadata';
  if (isRejection(include)) return include;
  return { representation, encoding: encodingOf(definition, representation.shape, include, clock) };
}

/** Negotiates an answer that has one shape only. */
export function representationOf(exchange: Exchange, query: URLSearchParams, offer: Offer): Representation | Rejection {
  return negotiate(exchange.header('accept'), offer, wantsPretty(query, exchange.header('user-agent')));
}

function includeObject(query: URLSearchParams): IncludeObject | Rejection {
  const value = query.get('includeObject') ?? '';
  if (value === '') return 'Metadata';
  if (value === 'Metadata' || value === 'Object' || value === 'None') return value;
  return badRequest(`Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`);
}

/** The encoding of a resource in a shape. One for each, so that watchers of the same shape share encoded events. */
function encodingOf(
  definition: ResourceDefinition,
  shape: Representation['shape'],
  include: IncludeObject,
  clock: Clock,
): Encoding {
  if (shape === 'partial' || shape === 'partial-list') return partialEncoding;
  let dated = encodings.get(clock);
  if (dated === undefined) encodings.set(clock, (dated = new Map()));
  let known = dated.get(definition);
  if (known === undefined) dated.set(definition, (known = new Map()));
  const name = shape === 'table' ? `table ${include}` : shape;
  let encoding = known.get(name);
  if (encoding === undefined) {
    encoding = shape === 'table' ? tableEncoding(definition, include, clock) : objectEncoding(definition);
    known.set(name, encoding);
  }
  return encoding;
}

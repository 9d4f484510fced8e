import type { Rejection } from '@taffrail/machinery/rejection';

/** The shape an object is answered in. */
export type Shape = 'object' | 'table' | 'partial' | 'partial-list';

/** The version of `meta.k8s.io` that tables and partial objects are written in. */
export type MetaVersion = 'v1' | 'v1beta1';

/** What a client asked to be answered with. */
export interface Representation {
  readonly format: 'json' | 'yaml';
  readonly shape: Shape;
  readonly metaVersion: MetaVersion;
  readonly pretty: boolean;
}

/** What an endpoint can answer with, beside the object itself. */
export interface Offer {
  readonly shapes: readonly Shape[];
  /** Whether `;stream=watch` is accepted. */
  readonly watch: boolean;
}

export const PLAIN_JSON: Representation = Object.freeze<Representation>({
  format: 'json',
  shape: 'object',
  metaVersion: 'v1',
  pretty: false,
});

/** Kubernetes takes the shape of a list for one object too, and refuses it when it comes to writing it. */
export const OBJECT_OFFER: Offer = Object.freeze<Offer>({
  shapes: ['object', 'table', 'partial', 'partial-list'],
  watch: false,
});
export const LIST_OFFER: Offer = Object.freeze<Offer>({
  shapes: ['object', 'table', 'partial', 'partial-list'],
  watch: true,
});
export const WATCH_OFFER: Offer = Object.freeze<Offer>({ shapes: ['object', 'table', 'partial'], watch: true });
/** Discovery, Status answers and whatever else has one shape only. */
/** A subresource's own kind, as an object or as a row. */
export const SCALE_OFFER: Offer = Object.freeze<Offer>({ shapes: ['object', 'table'], watch: false });
export const PLAIN_OFFER: Offer = Object.freeze<Offer>({ shapes: ['object'], watch: false });

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ACCEPTED = new Map<string, 'json' | 'yaml'>([
  ['application/json', 'json'],
  ['application/yaml', 'yaml'],
  // Protobuf is understood in requests only: clients read the answer's own content type, so JSON serves those as well.
  [PROTOBUF, 'json'],
  ['application/*', 'json'],
  ['*/*', 'json'],
]);

const MEDIA_TYPES = `application/json, application/yaml, ${PROTOBUF}`;
const REMEMBERED_HEADERS = 256;
const remembered = new Map<string, readonly Clause[]>();

/** Chooses the first acceptable clause of an `Accept` header, best quality first; 406 when there is none. */
export function negotiate(accept: string | undefined, offer: Offer, pretty: boolean): Representation | Rejection {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === 'application/json') {
    return pretty ? { ...PLAIN_JSON, pretty } : PLAIN_JSON;
  }
  const clauses = clausesOf(accept);
  for (const clause of clauses) {
    const chosen = acceptable(clause, offer, pretty);
    if (chosen !== undefined) return chosen;
  }
  return notAcceptable(
    clauses.some((clause) => ACCEPTED.has(clause.type)),
    offer,
  );
}

function acceptable(clause: Clause, offer: Offer, pretty: boolean): Representation | undefined {
  const format = ACCEPTED.get(clause.type);
  if (format === undefined) return undefined;
  const stream = clause.parameters.get('stream');
  if (stream !== undefined && !(stream === 'watch' && offer.watch)) return undefined;
  const shape = shapeOf(clause.parameters);
  if (shape === undefined || !offer.shapes.includes(shape)) return undefined;
  if (shape === 'table' && clause.type === PROTOBUF) return undefined;
  const metaVersion = clause.parameters.get('v') === 'v1beta1' && shape !== 'object' ? 'v1beta1' : 'v1';
  return { format, shape, metaVersion, pretty: pretty || clause.parameters.get('pretty') === '1' };
}

function shapeOf(parameters: ReadonlyMap<string, string>): Shape | undefined {
  const as = parameters.get('as');
  if (as === undefined) return 'object';
  const version = parameters.get('v');
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  if (as === 'Table') return 'table';
  if (as === 'PartialObjectMetadata') return 'partial';
  return as === 'PartialObjectMetadataList' ? 'partial-list' : undefined;
}

function notAcceptable(typeKnown: boolean, offer: Offer): Rejection {
  if (typeKnown) {
    return {
      rejected: true,
      reason: 'NotAcceptable',
      code: 406,
      message: `only the following media types are accepted: ${MEDIA_TYPES}`,
    };
  }
  const streams = offer.watch ? `, application/json;stream=watch, ${PROTOBUF};stream=watch` : '';
  return {
    rejected: true,
    reason: 'NotAcceptable',
    code: 406,
    message: `406: Not Acceptable\n\nAvailable representations: ${MEDIA_TYPES}${streams}`,
    details: {},
  };
}

/** The clauses of a header, best first. Clients send few different headers, so parsed ones are kept. */
export function clausesOf(accept: string): readonly Clause[] {
  const before = remembered.get(accept);
  if (before !== undefined) return before;
  const clauses = accept
    .split(',')
    .map(parseClause)
    .filter((clause) => clause.quality > 0)
    .sort((a, b) => b.quality - a.quality || wildcards(a) - wildcards(b));
  if (remembered.size >= REMEMBERED_HEADERS) remembered.clear();
  remembered.set(accept, clauses);
  return clauses;
}

/** Of equal quality, what names more comes first. */
function wildcards({ type }: Clause): number {
  return type === '*/*' ? 2 : type.endsWith('/*') ? 1 : 0;
}

function parseClause(text: string): Clause {
  const [type = '', ...rest] = text.split(';').map((part) => part.trim());
  const parameters = new Map<string, string>();
  for (const parameter of rest) {
    const equals = parameter.indexOf('=');
    if (equals > 0) parameters.set(parameter.slice(0, equals).trim(), unquoted(parameter.slice(equals + 1).trim()));
  }
  const quality = Number(parameters.get('q') ?? '1');
  return { type: type.toLowerCase(), parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

function unquoted(text: string): string {
  return text.length >= 2 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
}

/** Whether the query or a browser-like client asks for indented JSON, as Kubernetes decides it. */
export function wantsPretty(query: URLSearchParams, userAgent: string | undefined): boolean {
  const asked = query.size === 0 ? '' : (query.get('pretty') ?? '');
  if (asked !== '') return /^(1|t|T|true|TRUE|True)$/.test(asked);
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

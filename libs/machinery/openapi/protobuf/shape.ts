import type { JsonObject } from '@taffrail/resources/json';

/** How a JSON value of a document is written in protobuf. */
export type Shape =
  | { readonly type: 'string' | 'boolean' | 'integer' }
  /** Any JSON value, as the YAML text that JSON is too. */
  | { readonly type: 'text' }
  | { readonly type: 'list'; readonly items: Shape }
  /** A JSON object as a list of names (1) and values (2). */
  | { readonly type: 'map'; readonly values: Shape }
  /** Wrapped in messages of one field each: their numbers, outermost first. */
  | { readonly type: 'within'; readonly numbers: readonly number[]; readonly inner: Shape }
  /** One of several messages, told apart by what the value holds. */
  | { readonly type: 'choice'; readonly choose: (value: JsonObject) => Shape }
  | MessageShape;

/** A message: its fields by JSON name. Looked up late, since schemas hold schemas. */
export interface MessageShape {
  readonly type: 'message';
  readonly fields: () => Readonly<Record<string, FieldShape>>;
  /** The number of the list of names and values that `x-…` members go to. */
  readonly extensions?: number;
}

export interface FieldShape {
  readonly number: number;
  readonly shape: Shape;
}

export const TEXT: Shape = Object.freeze<Shape>({ type: 'string' });
export const FLAG: Shape = Object.freeze<Shape>({ type: 'boolean' });
export const YAML: Shape = Object.freeze<Shape>({ type: 'text' });

/** A field, perhaps inside wrapping messages: `field(TEXT, 22, 1)` is field 1 of the message that is field 22. */
export function field(shape: Shape, number: number, ...inner: readonly number[]): FieldShape {
  return { number, shape: inner.length === 0 ? shape : { type: 'within', numbers: inner, inner: shape } };
}

export function listOf(items: Shape): Shape {
  return { type: 'list', items };
}

export function mapOf(values: Shape): Shape {
  return { type: 'map', values };
}

export function message(make: () => Readonly<Record<string, FieldShape>>, extensions?: number): MessageShape {
  let made: Readonly<Record<string, FieldShape>> | undefined;
  const fields = (): Readonly<Record<string, FieldShape>> => (made ??= make());
  return { type: 'message', fields, ...(extensions === undefined ? {} : { extensions }) };
}

import type { JsonValue } from '@taffrail/resources/json';

/** A body read as JSON, whatever it was written in. */
export type ParsedBody =
  | {
      readonly fault?: never;
      readonly value: JsonValue;
      /** What strict decoding complains of: members set twice, as whole sentences. */
      readonly duplicates: readonly string[];
    }
  /** It cannot be read: why. */
  | { readonly fault: string };

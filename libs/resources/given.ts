type Scalar = string | number | boolean | null | undefined;

/**
 * An object as it arrives: decoded and of the right JSON types, but any field may be absent, required ones too.
 * Validation reads objects this way.
 */
export type Given<T> = T extends Scalar
  ? T
  : T extends readonly (infer Item)[]
    ? readonly Given<Item>[]
    : { readonly [Key in keyof T]?: Given<T[Key]> | undefined };

/** The same under construction: what defaults and update strategies write in place. */
export type Draft<T> = T extends Scalar
  ? T
  : T extends readonly (infer Item)[]
    ? Draft<Item>[]
    : { -readonly [Key in keyof T]?: Draft<T[Key]> | undefined };

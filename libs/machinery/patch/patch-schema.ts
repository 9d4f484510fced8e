/** How strategic merge patch treats one field. */
export interface PatchField {
  /**
   * `merge`: a list's items are merged with those that stand there, by merge key or, for scalars, by value.
   * `replace`: the patch's value takes the place of a map instead of being merged into it.
   * Absent: maps are merged, lists replaced.
   */
  readonly strategy?: 'merge' | 'replace';
  /** The member that tells a merged list's items apart; absent for lists of scalars. */
  readonly mergeKey?: string;
  /** Type of the value, or of a list's items; absent where nothing below has rules of its own. */
  readonly type?: PatchSchema;
}

/** What strategic merge patch asks of a type. */
export interface PatchSchema {
  /** The type's name, for messages. */
  readonly name: string;
  /** A field's rules; undefined when the type has no such field. A map answers alike for every key. */
  field(name: string): PatchField | undefined;
}

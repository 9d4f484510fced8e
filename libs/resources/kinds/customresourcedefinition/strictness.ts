/** What newer servers ask for, and a definition that stood before without it need not have. */
export interface Strictness {
  /** Types are such as there are. */
  readonly types: boolean;
  /** Items of sets can be compared. */
  readonly sets: boolean;
  /** Keys of items are always there. */
  readonly keys: boolean;
  /** Every version has a schema. */
  readonly schemas: boolean;
  /** One version of conversion reviews is known. */
  readonly reviews: boolean;
  /** A bundle of authorities is one. */
  readonly bundles: boolean;
}

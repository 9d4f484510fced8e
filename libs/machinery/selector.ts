/** One requirement of a parsed label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';
  readonly values: readonly string[];
}

/** A parsed label selector: all requirements hold. The empty one selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** One requirement of a parsed field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

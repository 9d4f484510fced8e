import type { CustomResourceDefinitionSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { bundleFault, hasKnownReview } from './conversion.ts';
import { hasAtomicItems, validateItemKeys } from './list-schema.ts';
import { TYPES } from './openapi-schema.ts';
import { type Schema, someSchema } from './schemas.ts';
import type { Strictness } from './strictness.ts';

/** What is asked of a definition: no more than what the one before had, if there was one. */
export function strictnessAfter(
  before: Given<CustomResourceDefinitionSpec> | undefined,
  isEstablished: boolean,
): Strictness {
  const schemas = (before?.versions ?? []).map((version) => version.schema?.openAPIV3Schema);
  const none = (is: (one: Schema) => boolean): boolean =>
    !schemas.some((schema) => schema !== undefined && someSchema(schema, is));
  const { caBundle = '' } = before?.conversion?.webhook?.clientConfig ?? {};
  return {
    types: none(({ type = '' }) => type !== '' && !TYPES.includes(type)),
    sets: none((one) => !hasAtomicItems(one)),
    keys: none((one) => validateItemKeys(one, '').length > 0),
    schemas: !schemas.includes(undefined),
    reviews: hasKnownReview(before?.conversion?.webhook?.conversionReviewVersions ?? []),
    bundles: isEstablished && bundleFault(caBundle) === undefined,
  };
}

import { X509Certificate } from 'node:crypto';
import type { FieldError } from '../../field-error.ts';
import type { CustomResourceConversion } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label } from '../../syntax/names.ts';
import { pemBlocks } from '../../syntax/pem.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateClientConfig } from '../webhookconfiguration/client-config.ts';
import type { Strictness } from './strictness.ts';

const STRATEGIES: readonly string[] = ['None', 'Webhook'];
const REVIEWS: readonly string[] = ['v1', 'v1beta1'];
const NOT_HERE = 'should not be set when strategy is not set to Webhook';

/** How objects get from one version to another; what belongs to a webhook is told where it stood before there was v1. */
export function validateConversion(
  { strategy = '', webhook }: Given<CustomResourceConversion>,
  strict: Strictness,
  path: Path,
): readonly FieldError[] {
  const here = child(path, 'strategy');
  const errors: FieldError[] = [];
  if (strategy === '') errors.push(required(here));
  else if (!STRATEGIES.includes(strategy)) errors.push(notSupported(here, strategy, STRATEGIES));
  const [configPath, reviewsPath] = [child(path, 'webhookClientConfig'), child(path, 'conversionReviewVersions')];
  const { clientConfig, conversionReviewVersions: reviews = [] } = webhook ?? {};
  if (strategy !== 'Webhook') {
    if (clientConfig !== undefined) errors.push(forbidden(configPath, NOT_HERE));
    if (reviews.length > 0) errors.push(forbidden(reviewsPath, NOT_HERE));
    return errors;
  }
  if (clientConfig === undefined) errors.push(required(configPath, 'required when strategy is set to Webhook'));
  else {
    const { caBundle = '' } = clientConfig;
    errors.push(...validateClientConfig(clientConfig, configPath));
    const fault = strict.bundles ? bundleFault(caBundle) : undefined;
    if (fault !== undefined) errors.push(invalid(child(configPath, 'caBundle'), caBundle, fault));
  }
  return [...errors, ...validateReviews(reviews, strict, reviewsPath)];
}

function validateReviews(reviews: readonly string[], strict: Strictness, path: Path): readonly FieldError[] {
  if (reviews.length === 0) return [required(path)];
  const errors = reviews.flatMap((version, at) => {
    const here = index(path, at);
    if (reviews.indexOf(version) < at) return [invalid(here, version, 'duplicate version')];
    return invalids(here, version, dns1035Label(version));
  });
  if (!strict.reviews || hasKnownReview(reviews)) return errors;
  return [...errors, invalid(path, goJson(reviews), `must include at least one of ${REVIEWS.join(', ')}`)];
}

/** Whether there is a version of reviews that is known, or none at all. */
export function hasKnownReview(reviews: readonly string[]): boolean {
  return reviews.length === 0 || reviews.some((version) => REVIEWS.includes(version));
}

/** Why a bundle, if there is one, holds no certificates. */
export function bundleFault(bundle: string): string | undefined {
  if (bundle === '') return undefined;
  const certificates = pemBlocks(Buffer.from(bundle, 'base64').toString()).filter(
    ({ kind, hasHeaders }) => kind === 'CERTIFICATE' && !hasHeaders,
  );
  if (certificates.length === 0) {
    return 'unable to load root certificates: data does not contain any valid RSA or ECDSA certificates';
  }
  return certificates.every(({ bytes }) => isCertificate(bytes))
    ? undefined
    : 'unable to load root certificates: x509: malformed certificate';
}

function isCertificate(bytes: Buffer): boolean {
  try {
    return new X509Certificate(bytes).raw.length > 0;
  } catch {
    // Whatever is wrong with it, it is no certificate.
    return false;
  }
}

import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../../field-error.ts';
import type { Secret } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { configMapKey } from '../../syntax/names.ts';
import { forbidden, invalid, invalids, key, required, tooLong } from '../../validation/field.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { equal } from '../strategy.ts';

const ACCOUNT_ANNOTATION = 'kubernetes.io/service-account.name';
const IMMUTABLE = 'field is immutable when `immutable` is set';

/** Keys, total size, and what the well-known types need. */
export function validateSecret(secret: Given<Secret>): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [name, value = ''] of Object.entries(secret.data ?? {})) {
    errors.push(...invalids(key('data', name), name, configMapKey(name)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > limits.secretBytes) errors.push(tooLong('data', limits.secretBytes));
  return [...errors, ...validateType(secret)];
}

function validateType(secret: Given<Secret>): readonly FieldError[] {
  switch (secret.type ?? '') {
    case 'kubernetes.io/service-account-token':
      return (secret.metadata?.annotations?.[ACCOUNT_ANNOTATION] ?? '') === ''
        ? [required(key('metadata.annotations', ACCOUNT_ANNOTATION))]
        : [];
    case 'kubernetes.io/dockercfg':
      return validateJson(secret, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return validateJson(secret, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth': {
      const present = ['username', 'password'].some((name) => secret.data?.[name] !== undefined);
      return present ? [] : [required(key('data', 'username')), required(key('data', 'password'))];
    }
    case 'kubernetes.io/ssh-auth':
      return (secret.data?.['ssh-privatekey'] ?? '') === '' ? [required(key('data', 'ssh-privatekey'))] : [];
    case 'kubernetes.io/tls':
      return ['tls.crt', 'tls.key']
        .filter((name) => secret.data?.[name] === undefined)
        .map((name) => required(key('data', name)));
    default:
      return [];
  }
}

function validateJson(secret: Given<Secret>, name: string): readonly FieldError[] {
  const encoded = secret.data?.[name];
  if (encoded === undefined) return [required(key('data', name))];
  const fault = jsonFault(Buffer.from(encoded, 'base64').toString());
  return fault === undefined ? [] : [invalid(key('data', name), '<secret contents redacted>', fault)];
}

/** What is wrong with a text as JSON, without quoting the text: it is a secret. */
function jsonFault(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const character = /^Unexpected token '(.)'/u.exec(thrown.message)?.[1];
    return character === undefined ? 'unexpected end of JSON input' : `invalid character '${character}'`;
  }
}

/** The type never changes; an immutable Secret does not change at all. */
export function validateSecretUpdate(next: Given<Secret>, previous: Given<Secret>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (next.type !== previous.type) errors.push(invalid('type', next.type ?? '', FIELD_IMMUTABLE));
  if (previous.immutable !== true) return errors;
  if (next.immutable !== true) errors.push(forbidden('immutable', IMMUTABLE));
  if (!equal(next.data ?? {}, previous.data ?? {})) errors.push(forbidden('data', IMMUTABLE));
  return errors;
}

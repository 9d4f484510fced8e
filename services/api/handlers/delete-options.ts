import { decodeObject } from '@taffrail/machinery/decode/decode-object';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { DeleteOptions } from '@taffrail/state/command';
import { invalidOptions } from '../http/rejections.ts';
import { isTrue } from '../http/parsed-request.ts';
import { integerOf } from './list-options.ts';
import { dryRunOption } from './write-options.ts';

/** What a deletion asks for, checked. */
export interface DeletionAsked {
  readonly rejected?: never;
  readonly options: DeleteOptions;
  readonly dryRun: boolean;
}

/** DeleteOptions belong to no group: clients write them in the version of whatever they delete. */
const DELETE_OPTIONS = { kind: 'DeleteOptions', schema: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' } as const;

/** Reads the options of a deletion: from the body when there is one, else from the query. */
export function deleteOptions(
  bytes: Uint8Array,
  mediaType: string | undefined,
  query: URLSearchParams,
  resource: { readonly group: string; readonly version: string },
): DeletionAsked | Rejection {
  const given = bytes.byteLength === 0 ? fromQuery(query) : fromBody(bytes, mediaType, resource);
  if (isRejection(given)) return given;
  const errors: FieldError[] = [];
  const dryRun = dryRunOption(texts(given['dryRun']), errors);
  const policy = policyOf(given, errors);
  if (errors.length > 0) return invalidOptions('DeleteOptions', errors);
  const { gracePeriodSeconds, preconditions } = given;
  return {
    dryRun,
    options: {
      ...(typeof gracePeriodSeconds === 'number' ? { gracePeriodSeconds } : {}),
      ...(policy === undefined ? {} : { propagationPolicy: policy }),
      ...(isJsonObject(preconditions) ? { preconditions: preconditionsOf(preconditions) } : {}),
    },
  };
}

function fromBody(
  bytes: Uint8Array,
  mediaType: string | undefined,
  resource: { readonly group: string; readonly version: string },
): JsonObject | Rejection {
  const read = (group: string, version: string): ReturnType<typeof decodeObject> =>
    decodeObject({
      bytes,
      mediaType,
      definition: { ...DELETE_OPTIONS, group, version },
      fieldValidation: 'Ignore',
    });
  const candidates = [
    ['', 'v1'],
    [resource.group, resource.version],
    ['meta.k8s.io', 'v1'],
  ] as const;
  const [first, ...others] = candidates.map(
    ([group, version]) =>
      () =>
        read(group, version),
  );
  let decoded = first?.() ?? read('', 'v1');
  for (const next of others) {
    if (!isRejection(decoded)) break;
    const retried = next();
    if (!isRejection(retried)) decoded = retried;
  }
  return isRejection(decoded) ? decoded : decoded.object;
}

function fromQuery(query: URLSearchParams): JsonObject | Rejection {
  if (query.size === 0) return {};
  const gracePeriodSeconds = signedInteger(query, 'gracePeriodSeconds');
  if (isRejection(gracePeriodSeconds)) return gracePeriodSeconds;
  const orphan = query.get('orphanDependents');
  const policy = query.get('propagationPolicy') ?? '';
  return {
    dryRun: query.getAll('dryRun'),
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(policy === '' ? {} : { propagationPolicy: policy }),
    ...(orphan === null ? {} : { orphanDependents: isTrue(orphan) }),
  };
}

function signedInteger(query: URLSearchParams, name: string): number | undefined | Rejection {
  const text = query.get(name) ?? '';
  // A negative grace period has a meaning of its own ("at once, but not by force").
  if (/^-\d{1,15}$/.test(text)) return Number(text);
  return integerOf(query, name);
}

const POLICIES = ['Foreground', 'Background', 'Orphan'] as const;

function policyOf(given: JsonObject, errors: FieldError[]): DeleteOptions['propagationPolicy'] {
  const { propagationPolicy, orphanDependents } = given;
  if (typeof propagationPolicy !== 'string') {
    if (typeof orphanDependents !== 'boolean') return undefined;
    return orphanDependents ? 'Orphan' : 'Background';
  }
  if (typeof orphanDependents === 'boolean') {
    errors.push({
      type: 'FieldValueInvalid',
      field: 'propagationPolicy',
      message: `Invalid value: ${JSON.stringify(propagationPolicy)}: orphanDependents and deletionPropagation cannot be both set`,
    });
  }
  const policy = POLICIES.find((one) => one === propagationPolicy);
  if (policy === undefined) {
    errors.push({
      type: 'FieldValueNotSupported',
      field: 'propagationPolicy',
      message: `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: "Foreground", "Background", "Orphan", "nil"`,
    });
  }
  return policy;
}

function preconditionsOf(given: JsonObject): NonNullable<DeleteOptions['preconditions']> {
  const { uid, resourceVersion } = given;
  return {
    ...(typeof uid === 'string' ? { uid } : {}),
    ...(typeof resourceVersion === 'string' ? { resourceVersion } : {}),
  };
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

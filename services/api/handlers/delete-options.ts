import { decodeDeleteOptions } from '@taffrail/machinery/decode/decode-delete-options';
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

/** Reads the options of a deletion: from the body when there is one, else from the query. */
export function deleteOptions(
  bytes: Uint8Array,
  mediaType: string | undefined,
  query: URLSearchParams,
): DeletionAsked | Rejection {
  const given = decodeDeleteOptions({ bytes, mediaType }) ?? fromQuery(query);
  return isRejection(given) ? given : checkedOptions(given as JsonObject);
}

/** Checks DeleteOptions that were read from a body, a query, or an Eviction. */
export function checkedOptions(given: JsonObject): DeletionAsked | Rejection {
  const errors: FieldError[] = [];
  const policy = policyOf(given, errors);
  const dryRun = dryRunOption(texts(given['dryRun']), errors);
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

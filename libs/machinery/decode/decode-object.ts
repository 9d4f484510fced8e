import type { ResourceDefinition } from '@taffrail/resources/definition';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { apiVersionOf, type KubeObject } from '@taffrail/resources/object';
import { findServedKind } from '@taffrail/resources/registry';
import { decodeBody, PROTOBUF_MEDIA_TYPE } from '@taffrail/resources/wire/decode';
import { isWireFault } from '@taffrail/resources/wire/fault';
import { badRequest, type Rejection } from '../rejection.ts';
import { conform } from './conform.ts';
import { type FieldValidation, strictDecodingMessage } from './field-validation.ts';
import { mediaTypeOf, OBJECT_MEDIA_TYPES, unsupportedMediaType } from './media-type.ts';
import { parseJsonBody } from './parse-json.ts';
import { parseYamlBody } from './parse-yaml.ts';
import type { ParsedBody } from './parsed-body.ts';

/** The kind a body is expected to be; a ResourceDefinition says so. */
export type ExpectedKind = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'schema'>;

export interface ObjectBody {
  readonly bytes: Uint8Array;
  /** The Content-Type header; none means JSON. */
  readonly mediaType: string | undefined;
  readonly definition: ExpectedKind;
  readonly fieldValidation: FieldValidation;
}

export interface DecodedObject {
  readonly rejected?: never;
  /** With apiVersion, kind and metadata, pruned to its schema. Nothing is defaulted or validated yet. */
  readonly object: KubeObject;
  /** For `Warning` headers: unknown and duplicate fields, when the request wants to be warned. */
  readonly warnings: readonly string[];
}

/** Decodes a request's object. Rejects (400, 415) with the API server's wording. */
export function decodeObject(body: ObjectBody): DecodedObject | Rejection {
  const parsed = parseBody(body);
  if (parsed === undefined) return unsupportedMediaType(OBJECT_MEDIA_TYPES);
  const { definition } = body;
  if (parsed.fault !== undefined) {
    return unrecognized(body, `couldn't get version/kind; json parse error: ${parsed.fault}`);
  }
  if (!isJsonObject(parsed.value)) {
    return unrecognized(body, "couldn't get version/kind; json parse error: the body is no object");
  }
  const given = parsed.value;
  const wrongKind = refuseOtherKind(given, body);
  if (wrongKind !== undefined) return wrongKind;

  const { object, unknown, fault } = conform(given, definition.schema);
  if (fault !== undefined) return notHandled(definition, definition, fault);
  const strictFaults = [...unknown, ...parsed.duplicates];
  if (strictFaults.length > 0 && body.fieldValidation === 'Strict') {
    return notHandled(definition, definition, strictDecodingMessage(strictFaults));
  }
  const apiVersion = apiVersionOf(definition.group, definition.version);
  return {
    object: { ...object, apiVersion, kind: definition.kind, metadata: (object['metadata'] ?? {}) as JsonObject },
    warnings: body.fieldValidation === 'Warn' ? strictFaults : [],
  };
}

/** The body as JSON; undefined for a format we do not read. */
function parseBody({ bytes, mediaType, definition }: ObjectBody): ParsedBody | undefined {
  switch (mediaTypeOf(mediaType)) {
    case '':
    case 'application/json':
      return parseJsonBody(bytes);
    case 'application/yaml':
      return parseYamlBody(bytes);
    case PROTOBUF_MEDIA_TYPE:
      return parseProtobufBody(bytes, definition);
    default:
      return undefined;
  }
}

function parseProtobufBody(bytes: Uint8Array, { group, version, kind }: ExpectedKind): ParsedBody {
  const decoded = decodeBody(bytes, { apiVersion: apiVersionOf(group, version), kind });
  return isWireFault(decoded) ? { fault: decoded.message } : { value: decoded.object, duplicates: [] };
}

/** Refuses an object that says it is something else. What it does not say is taken as expected. */
function refuseOtherKind(given: JsonObject, body: ObjectBody): Rejection | undefined {
  const { definition } = body;
  const expected = apiVersionOf(definition.group, definition.version);
  const apiVersion = given['apiVersion'] ?? '';
  const kind = given['kind'] ?? '';
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const field = typeof apiVersion === 'string' ? 'kind' : 'apiVersion';
    return unrecognized(
      body,
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${typeof given[field]} into Go struct field .${field} of type string`,
    );
  }
  const parts = apiVersion.split('/');
  if (parts.length > 2) return unrecognized(body, `unexpected GroupVersion string: ${apiVersion}`);
  const said = {
    group: apiVersion === '' ? definition.group : parts.length === 2 ? (parts[0] ?? '') : '',
    version: apiVersion === '' ? definition.version : (parts.at(-1) ?? ''),
    kind: kind === '' ? definition.kind : kind,
  };
  if (said.group === definition.group && said.version === definition.version && said.kind === definition.kind) {
    return undefined;
  }
  const known = findServedKind(said.group, said.version, said.kind);
  if (known === undefined) {
    const version = JSON.stringify(apiVersionOf(said.group, said.version));
    return notHandled(
      said,
      definition,
      `no kind ${JSON.stringify(said.kind)} is registered for version ${version} in scheme "pkg/api/legacyscheme/scheme.go:30"`,
    );
  }
  // It is decoded as what it says first, and that can fail already.
  const { fault } = conform(given, known.schema);
  if (fault !== undefined) return notHandled(said, definition, fault);
  if (said.kind === definition.kind) {
    return badRequest(
      `the API version in the data (${apiVersionOf(said.group, said.version)}) does not match the expected API version (${expected})`,
    );
  }
  const from = `${said.version}.${said.kind}`;
  const to = `${definition.group === '' ? 'core' : definition.group}.${definition.kind}`;
  return notHandled(said, definition, `converting (${from}) to (${to}): unknown conversion`);
}

function notHandled(
  said: Pick<ExpectedKind, 'group' | 'version' | 'kind'>,
  expected: ExpectedKind,
  why: string,
): Rejection {
  const version = JSON.stringify(said.version);
  return badRequest(`${said.kind} in version ${version} cannot be handled as a ${expected.kind}: ${why}`);
}

function unrecognized({ bytes, definition }: ObjectBody, why: string): Rejection {
  const start = Buffer.from(bytes.subarray(0, 30)).toString('utf8');
  const shown = bytes.length === 0 ? '<empty>' : bytes.length > 30 ? `${start} ...` : start;
  return badRequest(`the object provided is unrecognized (must be of type ${definition.kind}): ${why} (${shown})`);
}

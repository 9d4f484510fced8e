import type { DeleteOptions } from '@taffrail/resources/generated/types';
import { isJsonObject } from '@taffrail/resources/json';
import { decodeBody, PROTOBUF_MEDIA_TYPE } from '@taffrail/resources/wire/decode';
import { isWireFault } from '@taffrail/resources/wire/fault';
import { badRequest, type Rejection } from '../rejection.ts';
import { conform } from './conform.ts';
import { mediaTypeOf, OBJECT_MEDIA_TYPES, unsupportedMediaType } from './media-type.ts';
import { parseJsonBody } from './parse-json.ts';
import { parseYamlBody } from './parse-yaml.ts';
import type { ParsedBody } from './parsed-body.ts';

const KIND = 'DeleteOptions';
const SCHEMA = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/**
 * Reads the body of a DELETE; undefined when there is none. DeleteOptions belong to every group, so only the kind is
 * looked at. Rejects (400, 415).
 */
export function decodeDeleteOptions(body: {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
}): Partial<DeleteOptions> | undefined | Rejection {
  if (body.bytes.length === 0) return undefined;
  const parsed = parse(body.bytes, mediaTypeOf(body.mediaType));
  if (parsed === undefined) return unsupportedMediaType(OBJECT_MEDIA_TYPES);
  if (parsed.fault !== undefined) return badRequest(`the body is no ${KIND}: ${parsed.fault}`);
  if (!isJsonObject(parsed.value)) return badRequest(`the body is no ${KIND}`);
  if ((parsed.value['kind'] ?? KIND) !== KIND) {
    return badRequest(`decoded object cannot be converted to ${KIND}`);
  }
  const { object, fault } = conform(parsed.value, SCHEMA);
  return fault === undefined ? object : badRequest(fault);
}

function parse(bytes: Uint8Array, mediaType: string): ParsedBody | undefined {
  switch (mediaType) {
    case '':
    case 'application/json':
      return parseJsonBody(bytes);
    case 'application/yaml':
      return parseYamlBody(bytes);
    case PROTOBUF_MEDIA_TYPE: {
      const decoded = decodeBody(bytes, { apiVersion: 'v1', kind: KIND });
      return isWireFault(decoded) ? { fault: decoded.message } : { value: decoded.object, duplicates: [] };
    }
    default:
      return undefined;
  }
}

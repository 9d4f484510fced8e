import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { assert } from '@taffrail/platform/assert';
import type { ServedResource } from '@taffrail/resources/definition';
import type { JsonObject } from '@taffrail/resources/json';
import { rootPath } from './api-paths.ts';
import { openApiV2 } from './open-api-v2.ts';
import { openApiV3, openApiV3OfServer } from './open-api-v3.ts';
import { encodeProtobuf } from './protobuf/encode.ts';
import type { MessageShape } from './protobuf/shape.ts';
import { DOCUMENT_V2 } from './protobuf/shape-v2.ts';
import { DOCUMENT_V3 } from './protobuf/shape-v3.ts';
import { serverPaths } from './server-paths.ts';

/** A document as it is kept: compressed, since it is twenty times its size when written out. */
export interface OpenApiDocument {
  /** SHA-256 of the JSON, in upper-case hexadecimal: its ETag, and the `hash` of its URL. */
  readonly hash: string;
  readonly gzippedJson: Buffer;
  /** The version whose protobuf form the document has too; undefined for the list of v3 documents, which is JSON only. */
  readonly protobuf: 'v2' | 'v3' | undefined;
  /** That form, made when it is first asked for. */
  gzippedProtobuf(): Buffer;
}

/** The OpenAPI documents of a server. Each is made when it is first asked for, then kept. */
export interface OpenApiDocuments {
  /** Paths of all documents, e.g. `/openapi/v3/api/v1`. */
  readonly paths: readonly string[];
  /** The document at a path; undefined when there is none. */
  find(path: string): OpenApiDocument | undefined;
}

const SHAPES: Readonly<Record<'v2' | 'v3', MessageShape>> = { v2: DOCUMENT_V2, v3: DOCUMENT_V3 };

/** Makes the documents of a set of resources. `/openapi/v3` names the others by their hash, so asking for it makes all of them. */
export function openApiDocuments(definitions: readonly ServedResource[], serverVersion: string): OpenApiDocuments {
  const groupVersions = Map.groupBy(definitions, (definition) => rootPath(definition));
  const makers = new Map<string, () => OpenApiDocument>();
  const v3Roots: string[] = [];
  const addV3 = (root: string, make: () => unknown): void => {
    v3Roots.push(root);
    makers.set(`/openapi/v3${root}`, () => documentOf(make(), 'v3'));
  };
  for (const path of serverPaths(definitions)) addV3(path.document, () => openApiV3OfServer(path, serverVersion));
  for (const [root, members] of groupVersions) addV3(root, () => openApiV3(members, definitions, serverVersion));

  const made = new Map<string, OpenApiDocument>();
  const find = (path: string): OpenApiDocument | undefined => {
    const known = made.get(path);
    if (known !== undefined) return known;
    const document = makers.get(path)?.();
    if (document !== undefined) made.set(path, document);
    return document;
  };
  makers.set('/openapi/v2', () => documentOf(openApiV2(definitions, serverVersion), 'v2'));
  makers.set('/openapi/v3', () => {
    const entries = v3Roots.toSorted().map((root): [string, unknown] => {
      const path = `/openapi/v3${root}`;
      return [root.slice(1), { serverRelativeURL: `${path}?hash=${find(path)?.hash}` }];
    });
    return documentOf({ paths: Object.fromEntries(entries) }, undefined);
  });
  return { paths: [...makers.keys()].toSorted(), find };
}

function documentOf(value: unknown, protobuf: OpenApiDocument['protobuf']): OpenApiDocument {
  const json = Buffer.from(JSON.stringify(value));
  const gzippedJson = gzipSync(json);
  let gzippedProtobuf: Buffer | undefined;
  return {
    hash: createHash('sha256').update(json).digest('hex').toUpperCase(),
    gzippedJson,
    protobuf,
    gzippedProtobuf() {
      assert(protobuf !== undefined, 'only documents of an OpenAPI version have a protobuf form');
      return (gzippedProtobuf ??= gzipSync(encodeProtobuf(parsed(gzippedJson), SHAPES[protobuf])));
    },
  };
}

function parsed(gzippedJson: Buffer): JsonObject {
  return JSON.parse(gunzipSync(gzippedJson).toString('utf8')) as JsonObject;
}

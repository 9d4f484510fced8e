import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ServedResource } from '@taffrail/resources/definition';
import { rootPath } from './api-paths.ts';
import { openApiV2 } from './open-api-v2.ts';
import { openApiV3 } from './open-api-v3.ts';

/** A document as it is kept: compressed, since it is ten times its size when written out. */
export interface OpenApiDocument {
  readonly gzipped: Buffer;
  /** SHA-256 of the JSON, in upper-case hexadecimal: its ETag, and the `hash` of its URL. */
  readonly hash: string;
}

/** The OpenAPI documents of a server. Each is made when it is first asked for, then kept. */
export interface OpenApiDocuments {
  /** Paths of all documents, e.g. `/openapi/v3/api/v1`. */
  readonly paths: readonly string[];
  /** The document at a path; undefined when there is none. */
  find(path: string): OpenApiDocument | undefined;
}

/** Makes the documents of a set of resources. `/openapi/v3` names the others by their hash, so asking for it makes all of them. */
export function openApiDocuments(definitions: readonly ServedResource[], serverVersion: string): OpenApiDocuments {
  const groupVersions = Map.groupBy(definitions, (definition) => rootPath(definition));
  const makers = new Map<string, () => unknown>(
    [...groupVersions].map(([root, members]) => [`/openapi/v3${root}`, () => openApiV3(members, serverVersion)]),
  );
  const made = new Map<string, OpenApiDocument>();
  const find = (path: string): OpenApiDocument | undefined => {
    const known = made.get(path);
    if (known !== undefined) return known;
    const make = makers.get(path);
    if (make === undefined) return undefined;
    const document = compressed(make());
    made.set(path, document);
    return document;
  };
  makers.set('/openapi/v2', () => openApiV2(definitions, serverVersion));
  makers.set('/openapi/v3', () => ({
    paths: Object.fromEntries(
      [...groupVersions.keys()].toSorted().map((root) => {
        const path = `/openapi/v3${root}`;
        return [root.slice(1), { serverRelativeURL: `${path}?hash=${find(path)?.hash}` }];
      }),
    ),
  }));
  return { paths: [...makers.keys()].toSorted(), find };
}

function compressed(value: unknown): OpenApiDocument {
  const json = Buffer.from(JSON.stringify(value));
  return { gzipped: gzipSync(json), hash: createHash('sha256').update(json).digest('hex').toUpperCase() };
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeManagers } from '@taffrail/machinery/apply/managers';
import { pathsOf } from '@taffrail/machinery/apply/field-set';
import { pathText } from '@taffrail/machinery/apply/path-element';
import { OwnershipModel } from '@taffrail/machinery/apply/testing/ownership-model';
import { parseYamlBody } from '@taffrail/machinery/decode/parse-yaml';
import { assert } from '@taffrail/platform/assert';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

/*
 * The recorded answers leave managedFields out. So each recorded apply is sent to a server here, its status is held against
 * the recorded one, and who owns what afterwards against the model that generated sequences of appliers are held against.
 * The recordings are not part of the repository: where they are missing nothing is compared, and that is said.
 */

const recording = path.resolve(import.meta.dirname, '../../../shared/golden/groups/server-side-apply.json');
const isThere = existsSync(recording);
if (!isThere)
  console.warn(`NOT RUN: no recorded apply is held against the model of ownership, for ${recording} is missing`);

interface Step {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly type: string;
  readonly body: JsonObject | string;
}

interface Recording {
  readonly steps: readonly Step[];
  readonly answers: readonly { readonly step: string; readonly status: number }[];
}

const NAMESPACE = 'applied';
/** What these configurations hold that is owned as a whole. */
const ATOMIC: ReadonlySet<string> = new Set(['.spec.selector']);

let server: MemoryServer;
let admin: KubeClient;

beforeAll(async () => {
  server = await memoryServer();
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  const { status } = await admin.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  expect(status).toBe(201);
});
afterAll(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

function configurationOf({ body }: Step): JsonObject {
  if (typeof body !== 'string') return body;
  const read = parseYamlBody(Buffer.from(body));
  assert(read.fault === undefined && isJsonObject(read.value), `this body is no object: ${body}`);
  return read.value;
}

/** The values of a configuration by the paths that an applier of it owns. */
function pathsIn({ apiVersion: _version, kind: _kind, metadata, ...content }: JsonObject): ReadonlyMap<string, string> {
  const { name: _name, ...described } = isJsonObject(metadata) ? metadata : {};
  const paths = new Map<string, string>();
  const visit = (at: string, value: JsonValue | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value as readonly JsonObject[]) {
        const place = `${at}[name=${JSON.stringify(item['name'])}]`;
        paths.set(place, '');
        visit(place, item);
      }
    } else if (isJsonObject(value) && Object.keys(value).length > 0 && !ATOMIC.has(at)) {
      for (const [member, under] of Object.entries(value)) visit(`${at}.${member}`, under);
    } else if (at !== '') paths.set(at, JSON.stringify(value));
  };
  visit('', Object.keys(described).length === 0 ? content : { ...content, metadata: described });
  return paths;
}

/** What each manager owns of an object, by what the object says. */
async function owners(objectPath: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const { status, json } = await admin.request('GET', objectPath);
  if (status === 404) return {};
  expect(status).toBe(200);
  const managers = [...decodeManagers((json.metadata as Readonly<Record<string, unknown>>)['managedFields']).values()];
  expect(managers.map(({ operation }) => operation)).toEqual(managers.map(() => 'Apply'));
  return Object.fromEntries(
    managers.map(({ name, fields }) => [
      name,
      pathsOf(fields)
        .map((one) => pathText(one))
        .toSorted(),
    ]),
  );
}

test.skipIf(!isThere)('every recorded apply leaves the ownership an independent model has', async () => {
  const { steps, answers } = JSON.parse(readFileSync(recording, 'utf8')) as Recording;
  const models = new Map<string, OwnershipModel>();
  const seen = { applied: 0, conflicts: 0, shared: 0 };
  for (const step of steps) {
    const url = new URL(step.path.replaceAll('${ns}', NAMESPACE), server.url);
    const { status } = await admin.request(step.method, `${url.pathname}${url.search}`, step.body, {
      'content-type': step.type,
    });
    expect(`${step.name}: ${status}`).toBe(`${step.name}: ${answers.find((one) => one.step === step.name)?.status}`);
    const model = models.get(url.pathname) ?? new OwnershipModel();
    models.set(url.pathname, model);
    // What is refused before anybody's ownership is looked at is not the model's business.
    if (status < 400 || status === 409) {
      expect(step.type).toBe('application/apply-patch+yaml');
      const { searchParams } = url;
      const paths = pathsIn(configurationOf(step));
      const isForced = searchParams.get('force') === 'true';
      expect(model.apply(searchParams.get('fieldManager') ?? '', paths, isForced)).toBe(status < 400);
      seen[status < 400 ? 'applied' : 'conflicts'] += 1;
    }
    const owned = await owners(url.pathname);
    expect({ step: step.name, owned }).toEqual({ step: step.name, owned: model.owners() });
    if (Object.keys(owned).length > 1) seen.shared += 1;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(1);
});

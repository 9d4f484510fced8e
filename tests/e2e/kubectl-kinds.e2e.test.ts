import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { allResources } from '@taffrail/resources/registry';
import { validObject } from '../../libs/resources/kinds/testing/valid-objects.ts';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';
import { findKubectl } from './kubectl-tool.ts';
import { kubectlFor, type Kubectl } from './kubectl.ts';

/* Every kind in the hands of the real kubectl: one of each is created, listed, described, explained and deleted. */

const stored = allResources().filter(({ conversion }) => conversion === undefined);
const fullName = ({ resource, version, group }: ResourceDefinition): string =>
  group === '' ? resource : `${resource}.${version}.${group}`;
const nameOf = (definition: ResourceDefinition): string =>
  (validObject(definition)['metadata'] as { readonly name: string }).name;

let server: MemoryServer;
let directory: string;
let kubectl: Kubectl;

describe.skipIf(!findKubectl().isKnown)('kubectl', () => {
  beforeAll(async () => {
    server = await memoryServer();
    directory = await mkdtemp(join(tmpdir(), 'taffrail-kinds-'));
    kubectl = kubectlFor(server.kubeconfigFile, join(directory, 'cache'));
    const items = stored.map((definition) => validObject(definition));
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
    const { code, stdout, stderr } = await kubectl.attempt(['create', '-f', '-'], { input: list });
    expect(code, stderr).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(stored.length);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  test.each(allResources().map((one) => [fullName(one), one] as const))(
    'explains %s to the last field',
    async (_, one) => {
      const version = one.group === '' ? one.version : `${one.group}/${one.version}`;
      const explained = await kubectl('explain', one.resource, '--recursive', `--api-version=${version}`);
      expect(explained).toContain(`KIND:       ${one.kind}\n`);
      expect(explained).toContain(`VERSION:    ${one.version}\n`);
      expect(explained).toMatch(/FIELDS:\n {2}\w+\t</);
    },
  );

  test.each(stored.map((one) => [fullName(one), one] as const))('lists and describes %s', async (resource, one) => {
    const name = nameOf(one);
    expect((await kubectl('get', resource, '-o', 'wide')).split('\n').at(0)).toMatch(/^(NAME|LAST SEEN)\b/);
    expect(await kubectl('get', resource, name, '-o', 'name')).toContain(`/${name}\n`);
    const described = await kubectl('describe', resource, name);
    expect(described).toMatch(new RegExp(`^Name:\\s+${name.replaceAll('.', '\\.')}$`, 'm'));
    expect(described).not.toContain('%!');
  });

  test.each(stored.map((one) => [fullName(one), one] as const))('deletes %s', async (resource, one) => {
    const { code, stdout, stderr } = await kubectl.attempt(['delete', resource, nameOf(one), '--wait=false']);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain(`"${nameOf(one)}" deleted`);
  });
});

import { describe, expect, test } from 'vitest';
import type { Api } from './api.ts';

interface Groups {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly { readonly groupVersion: string; readonly version: string }[];
    readonly preferredVersion: { readonly groupVersion: string; readonly version: string };
  }[];
}

interface Aggregated {
  readonly kind: string;
  readonly apiVersion: string;
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly {
      readonly version: string;
      readonly freshness: string;
      readonly resources: readonly {
        readonly resource: string;
        readonly responseKind: { readonly kind: string };
        readonly scope: string;
        readonly singularResource: string;
        readonly verbs: readonly string[];
      }[];
    }[];
  }[];
}

const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

/** What a server says of itself. */
export function documents(api: () => Api): void {
  describe.concurrent('discovery', () => {
    test('names each group with its versions, the preferred one among them, and each version with its resources', async () => {
      const { groups } = (await api().get('/apis')) as unknown as Groups;
      expect(groups.length).toBeGreaterThan(15);
      for (const { name, versions, preferredVersion } of groups) {
        const group = (await api().get(`/apis/${name}`)) as unknown as Groups['groups'][number];
        expect(group.preferredVersion).toEqual(preferredVersion);
        expect(group.versions).toContainEqual(preferredVersion);
        expect(group.versions).toEqual(versions);
        for (const { groupVersion } of versions) {
          const found = await api().get(`/apis/${groupVersion}`);
          expect(found).toMatchObject({ kind: 'APIResourceList', groupVersion });
          expect((found['resources'] as readonly object[]).length).toBeGreaterThan(0);
        }
      }
    });

    test('is told at once to clients that ask for it, and says the same', async () => {
      const accepts = [
        AGGREGATED,
        `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`,
      ];
      for (const accept of accepts) {
        for (const path of ['/api', '/apis']) {
          const answer = await api().ask('GET', path, undefined, { accept });
          expect(answer.headers['content-type']).toBe(AGGREGATED);
          const { kind, apiVersion } = answer.json as unknown as Aggregated;
          expect([kind, apiVersion]).toEqual(['APIGroupDiscoveryList', 'apidiscovery.k8s.io/v2']);
        }
      }
      const aggregated = await api().do('GET', '/apis', undefined, { accept: AGGREGATED });
      const { items } = aggregated as unknown as Aggregated;
      const apps = items.find(({ metadata }) => metadata.name === 'apps')?.versions[0];
      expect(apps).toMatchObject({ version: 'v1', freshness: 'Current' });
      expect(apps?.resources.find(({ resource }) => resource === 'deployments')).toMatchObject({
        responseKind: { kind: 'Deployment' },
        scope: 'Namespaced',
        singularResource: 'deployment',
      });
      const { groups } = (await api().get('/apis')) as unknown as Groups;
      expect(items.map(({ metadata }) => metadata.name)).toEqual(groups.map(({ name }) => name));
    });

    test('is plain for who accepts anything, as for who says nothing', async () => {
      for (const accept of ['application/json', '*/*', 'application/json, */*']) {
        const answer = await api().ask('GET', '/apis', undefined, { accept });
        expect(answer.json.kind).toBe('APIGroupList');
      }
    });

    test('says the version, the health, the schemas', async () => {
      const version = await api().get('/version');
      expect(version['major']).toBe('1');
      expect(version['minor']).toMatch(/^\d+$/);
      expect(version['gitVersion']).toMatch(/^v1\.\d+\.\d+/);
      for (const path of ['/healthz', '/livez', '/readyz', '/healthz/ping', '/livez/ping']) {
        expect(await api().ask('GET', path)).toMatchObject({ status: 200, text: 'ok' });
      }
      const { paths } = (await api().get('/openapi/v3')) as unknown as {
        readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
      };
      const url = paths['apis/apps/v1']?.serverRelativeURL ?? '';
      expect(url).toContain('/openapi/v3/apis/apps/v1?hash=');
      expect((await api().ask('GET', url)).headers['cache-control']).toContain('immutable');
      expect((await api().get('/openapi/v2'))['swagger']).toBe('2.0');
    });
  });
}

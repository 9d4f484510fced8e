import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';
import { KINDS, type KindUnderTest } from './kinds.ts';
import { TYPED, typedBody } from './typed-body.ts';

/**
 * What every kind can be asked: to be found, made, read, watched, changed, and taken away one by one and together, by a client
 * that sends protobuf and patches in JSON.
 */
export function livesOfObjects(api: () => Api): void {
  describe.concurrent('the life of an object', () => {
    for (const kind of KINDS) {
      test(`${kind.kind}: found, made, read, watched, changed and deleted`, async () => {
        await life(api(), kind);
      });
    }
  });
}

async function life(api: Api, kind: KindUnderTest): Promise<void> {
  await isDiscovered(api, kind);
  const namespace = kind.namespaced ? await api.namespace(kind.resource.slice(0, 20)) : '';
  const mark = `life-of-${kind.resource}-${api.run}`;
  const everywhere = `${kind.base}/${kind.resource}`;
  const all = namespace === '' ? everywhere : `${kind.base}/namespaces/${namespace}/${kind.resource}`;
  const marked = `labelSelector=${encodeURIComponent(`life=${mark}`)}`;
  const draft = (name: string, labels = { life: mark }): object => ({ metadata: { name, labels }, ...kind.content });

  const first = await typed(api, kind, 'POST', all, draft(`${mark}-1`));
  expect(first).toMatchObject(kind.content);
  await typed(api, kind, 'POST', all, draft(`${mark}-2`));
  await typed(api, kind, 'POST', all, draft(`${mark}-3`, { life: 'another' }));
  const twice = await api.refused('AlreadyExists', 'POST', all, draft(`${mark}-1`));
  expect(twice).toContain(`"${mark}-1" already exists`);

  const path = `${all}/${mark}-1`;
  expect((await api.get(path)).metadata.uid).toBe(first.metadata.uid);
  expect(first.metadata.resourceVersion).toMatch(/^[1-9][0-9]*$/);
  const list = await api.get(`${all}?${marked}`);
  expect(names(list)).toEqual([`${mark}-1`, `${mark}-2`]);
  expect(names(await api.get(`${everywhere}?${marked}`))).toEqual([`${mark}-1`, `${mark}-2`]);
  const watch = api.watch(`${all}?${marked}&resourceVersion=${list.metadata.resourceVersion}`);

  const patched = await api.patch(path, 'merge', { metadata: { annotations: { patched: 'true' } }, ...kind.change });
  expect(patched).toMatchObject({ metadata: { annotations: { patched: 'true' } }, ...kind.change });
  expect(BigInt(patched.metadata.resourceVersion)).toBeGreaterThan(BigInt(first.metadata.resourceVersion));
  await typedUpdate(api, kind, path, (read) => annotated(read, 'updated'));
  for (const mark of ['patched', 'updated']) {
    const seen = await watch.next(mark, ({ object }) => object.metadata.annotations?.[mark] === 'true');
    expect(seen.type).toBe('MODIFIED');
  }
  if (kind.status !== undefined) await statusIsWritten(api, path, kind);

  await api.ask(
    'DELETE',
    path,
    typedBody('v1', 'DeleteOptions', { preconditions: { uid: first.metadata.uid } }),
    TYPED,
  );
  await api.gone(path);
  await watch.next('the deletion', ({ type, object }) => type === 'DELETED' && object.metadata.name === `${mark}-1`);
  expect(names(await api.get(`${all}?${marked}`))).toEqual([`${mark}-2`]);
  await api.remove(`${all}?${marked}`);
  await api.gone(`${all}/${mark}-2`);
  await watch.next('the deletion', ({ type, object }) => type === 'DELETED' && object.metadata.name === `${mark}-2`);
  expect((await api.get(`${all}?${marked}`)).items).toEqual([]);
  await api.remove(`${all}/${mark}-3`);
  watch.close();
}

/** A request as typed clients written in Go make it: what they send is protobuf. */
async function typed(api: Api, kind: KindUnderTest, method: string, path: string, object: object): Promise<Read> {
  return await api.do(method, path, typedBody(kind.base.replace(/^\/apis?\//, ''), kind.kind, object), TYPED);
}

async function typedUpdate(
  api: Api,
  kind: KindUnderTest,
  path: string,
  change: (object: Read) => object,
): Promise<Read> {
  for (;;) {
    const body = typedBody(kind.base.replace(/^\/apis?\//, ''), kind.kind, change(await api.get(path)));
    const answer = await api.ask('PUT', path, body, TYPED);
    if (answer.status === 409) continue;
    expect(answer.status, answer.text.slice(0, 600)).toBe(200);
    return JSON.parse(answer.text) as Read;
  }
}

const names = (list: Read): readonly string[] => list.items.map(({ metadata }) => metadata.name);

function annotated(object: Read, mark: string): Read {
  const annotations = { ...object.metadata.annotations, [mark]: 'true' };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

interface Discovery {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[];
  readonly versions: readonly { readonly version: string }[];
  readonly resources: readonly { readonly name: string; readonly kind: string; readonly verbs: readonly string[] }[];
}

/** As discovery says it: the group among all groups, the version in the group, the resource in the version. */
async function isDiscovered(api: Api, kind: KindUnderTest): Promise<void> {
  const document = async (path: string): Promise<Discovery> => (await api.get(path)) as unknown as Discovery;
  const [, group = '', version = ''] = /^\/apis\/(.+)\/(.+)$/.exec(kind.base) ?? [];
  if (group !== '') {
    const { groups } = await document('/apis');
    expect(groups.find(({ name }) => name === group)?.versions.map(({ version: served }) => served)).toContain(version);
    expect((await document(`/apis/${group}`)).versions.map(({ version: served }) => served)).toContain(version);
  }
  const { resources } = await document(kind.base);
  const found = resources.find(({ name }) => name === kind.resource);
  expect(found).toMatchObject({ kind: kind.kind });
  expect(found?.verbs).toEqual(['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']);
  const hasStatus = resources.some(({ name }) => name === `${kind.resource}/status`);
  if (kind.status !== undefined) expect(hasStatus).toBe(true);
}

/** A status is patched, replaced and read at its own path; nothing but the status changes, save where metadata may. */
async function statusIsWritten(api: Api, path: string, kind: KindUnderTest): Promise<void> {
  const patch = { metadata: { annotations: { patchedstatus: 'true' } }, status: kind.status };
  const patched = await api.patch(`${path}/status`, 'merge', patch);
  expect(patched.status).toMatchObject(kind.status ?? {});
  const kept = kind.statusKeepsMetadata === true;
  expect(patched.metadata.annotations?.['patchedstatus']).toBe(kept ? undefined : 'true');
  const replaced = await api.update(path, (read) => annotated(read, 'updatedstatus'), 'status');
  expect(replaced.metadata.annotations?.['updatedstatus']).toBe(kept ? undefined : 'true');
  const read = await api.get(`${path}/status`);
  expect(read).toMatchObject({ kind: kind.kind, metadata: { uid: patched.metadata.uid } });
  if (kind.acted !== true) expect(read.status).toMatchObject(kind.status ?? {});
}

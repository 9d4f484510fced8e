import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { givenView } from '@taffrail/controller/testing/given-view';
import type { Controller } from '@taffrail/controller/controller';
import type { Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { pod, withMetadata } from '../testing/given.ts';
import { attributesClassProtectionController } from './attributes-classes.ts';
import { claimProtectionController } from './claims.ts';
import { volumeProtectionController } from './volumes.ts';

const DELETED = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const object = (kind: string, more: object = {}, apiVersion = 'v1'): KubeObject =>
  asObject({
    apiVersion,
    kind,
    metadata: { name: 'data', ...(kind === 'PersistentVolumeClaim' ? { namespace: 'ns' } : {}) },
    ...more,
  });
const claim = (more: object = {}): KubeObject => object('PersistentVolumeClaim', more);
const volume = (more: object = {}): KubeObject => object('PersistentVolume', more);
const attributesClass = object('VolumeAttributesClass', { driverName: 'd' }, 'storage.k8s.io/v1');
const going = (one: KubeObject, finalizer: string): KubeObject =>
  withMetadata(one, { ...DELETED, finalizers: ['a/b', finalizer] });

type Spec = Partial<NonNullable<Pod['spec']>>;
const MOUNTED: Spec = { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] };
const podWith = (
  spec: Spec,
  metadata: Partial<KubeObject['metadata']> = {},
  node: string | undefined = 'n',
): KubeObject => withMetadata(pod({ name: 'p', ...(node === undefined ? {} : { node }), spec }), metadata);
const ephemeral: Spec = { volumes: [{ name: 'v', ephemeral: {} }] };
const ownClaim = (uid: string): KubeObject =>
  withMetadata(claim(), {
    name: 'p-v',
    ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid, controller: true }],
  });

/** The finalizers a controller leaves an object; undefined when it leaves it alone. */
function left(controller: Controller, about: KubeObject, ...others: readonly KubeObject[]): unknown {
  const view = givenView([controller], { objects: [about, ...others] });
  const { namespace = '', name = '' } = about.metadata;
  const commands = controller.plan(view, { namespace, name }, { nowMs: 0, seed: 1 });
  expect(commands.length).toBeLessThan(2);
  const [command] = commands;
  return command?.type === 'update' ? command.object.metadata.finalizers : command;
}

const PVC = 'kubernetes.io/pvc-protection';

test.each<[string, KubeObject, readonly KubeObject[], readonly string[] | undefined]>([
  ['one that is not protected yet becomes so', claim(), [], [PVC]],
  ['one that stays is left alone', withMetadata(claim(), { finalizers: [PVC] }), [], undefined],
  ['one nobody uses may go', going(claim(), PVC), [], ['a/b']],
  ['a pod on a node keeps it', going(claim(), PVC), [podWith(MOUNTED)], undefined],
  [
    'so does a pod that has ended',
    going(claim(), PVC),
    [pod({ name: 'p', node: 'n', phase: 'Succeeded', spec: MOUNTED })],
    undefined,
  ],
  ['a pod on no node does not', going(claim(), PVC), [podWith(MOUNTED, {}, '')], ['a/b']],
  ['nor does one of another namespace', going(claim(), PVC), [podWith(MOUNTED, { namespace: 'other' })], ['a/b']],
  ['its own pod keeps what was made for it', going(ownClaim('uid-pod-p'), PVC), [podWith(ephemeral)], undefined],
  ['a pod of the same name does not', going(ownClaim('other'), PVC), [podWith(ephemeral)], ['a/b']],
  [
    'nor does its own that has been shut down',
    going(ownClaim('uid-pod-p'), PVC),
    [podWith(ephemeral, { ...DELETED, deletionGracePeriodSeconds: 0 })],
    ['a/b'],
  ],
])('claims: %s', (_title, about, others, expected) => {
  expect(left(claimProtectionController, about, ...others)).toEqual(expected);
});

const PV = 'kubernetes.io/pv-protection';

test.each<[string, KubeObject, readonly string[] | undefined]>([
  ['one that is not protected yet becomes so', volume(), [PV]],
  ['one that is bound stays', going(volume({ status: { phase: 'Bound' } }), PV), undefined],
  ['one that is not may go', going(volume({ status: { phase: 'Released' } }), PV), ['a/b']],
])('volumes: %s', (_title, about, expected) => {
  expect(left(volumeProtectionController, about)).toEqual(expected);
});

const VAC = 'kubernetes.io/vac-protection';

test.each<[string, readonly KubeObject[], readonly string[] | undefined]>([
  ['nobody', [], ['a/b']],
  ['a claim of another', [claim({ spec: { volumeAttributesClassName: 'other' } })], ['a/b']],
  ['a claim that wants it', [claim({ spec: { volumeAttributesClassName: 'data' } })], undefined],
  ['a claim that has it', [claim({ status: { currentVolumeAttributesClassName: 'data' } })], undefined],
  [
    'a claim on its way to it',
    [claim({ status: { modifyVolumeStatus: { status: 'Pending', targetVolumeAttributesClassName: 'data' } } })],
    undefined,
  ],
  ['a volume', [volume({ spec: { volumeAttributesClassName: 'data' } })], undefined],
])('an attributes class that is to go and is named by %s', (_title, others, expected) => {
  expect(left(attributesClassProtectionController, going(attributesClass, VAC), ...others)).toEqual(expected);
});

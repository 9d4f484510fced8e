import { expect, test } from 'vitest';
import { UsageError } from '@taffrail/controller/run-service';
import { builtInControllers } from './controllers.ts';
import { controllersFlags } from './flags.ts';

const needed = ['--kubeconfig', 'k', '--nats-url', 'nats://127.0.0.1:1'];

test('the CA of Services is published unless that is turned off', () => {
  expect(controllersFlags(needed)).toMatchObject({ kubeconfig: 'k', publishServiceCa: true });
  expect(controllersFlags([...needed, '--no-service-ca'])).toMatchObject({ publishServiceCa: false });
  const names = (publishServiceCa: boolean): readonly string[] =>
    builtInControllers({ rootCertificate: 'CA', publishServiceCa }).map(({ name }) => name);
  expect(names(true).filter((name) => !names(false).includes(name))).toEqual(['service-ca-cert-publisher']);
});

test('a flag that is missing or unknown is refused', () => {
  expect(() => controllersFlags([])).toThrow(UsageError);
  expect(() => controllersFlags([...needed, '--service-ca'])).toThrow(/service-ca/);
});

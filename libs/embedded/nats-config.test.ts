import { expect, it } from 'vitest';
import { natsConfig } from './nats-config.ts';

it('writes every acknowledged message to disk, listens on loopback only and asks for the token', () => {
  const text = natsConfig({ port: 4223, storeDir: '/var/a "b"', token: 'abc', fileStoreBytes: 1000 });
  expect(text).toContain('sync_interval: always');
  expect(text).toContain('host: "127.0.0.1"');
  expect(text).toContain('authorization { token: "abc" }');
  expect(text).toContain('store_dir: "/var/a \\"b\\""');
  expect(text).toContain('max_payload: 8388608');
  expect(text).toContain('max_file_store: 1000');
});

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { DATA_FORMAT, readClusterRecord, writeClusterRecord, type ClusterRecord } from './cluster-record.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'cluster-record-'));
afterAll(() => rmSync(dataDir, { recursive: true }));

const record: ClusterRecord = {
  format: DATA_FORMAT,
  supervisor: { pid: 1, startedAt: 'x' },
  server: 'https://127.0.0.1:6443',
  kubeconfig: join(dataDir, 'kubeconfig'),
  natsUrl: 'nats://127.0.0.1:1',
  databaseUrl: 'postgres:///postgres',
  components: [],
  nodes: [],
};

describe('cluster.json', () => {
  it('is absent before the first start, private afterwards, and read back as written', () => {
    expect(readClusterRecord(dataDir)).toBeUndefined();
    writeClusterRecord(dataDir, record);
    expect(readClusterRecord(dataDir)).toEqual(record);
    expect(statSync(join(dataDir, 'cluster.json')).mode & 0o777).toBe(0o600);
  });

  it('of a newer format is refused with one sentence', () => {
    writeClusterRecord(dataDir, { ...record, format: DATA_FORMAT + 1 });
    expect(() => readClusterRecord(dataDir)).toThrow(/made by a newer Taffrail \(format 2, this one knows 1\)/);
  });

  it('that is damaged is named, not guessed at', () => {
    writeFileSync(join(dataDir, 'cluster.json'), '{"format":');
    expect(() => readClusterRecord(dataDir)).toThrow(/cluster\.json is damaged/);
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { databaseAddress, natsAddress } from './server-address.ts';

describe('natsAddress', () => {
  it('lists the servers of a cluster', () => {
    expect(natsAddress('nats://a:4222,b:4222')).toEqual({ servers: ['a:4222', 'b:4222'] });
  });

  it('reads the token from the file the address names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'address-'));
    writeFileSync(join(directory, 'token'), 's3cret\n');
    const url = `nats://127.0.0.1:4222?${new URLSearchParams({ tokenFile: join(directory, 'token') }).toString()}`;
    expect(natsAddress(url)).toEqual({ servers: ['127.0.0.1:4222'], token: 's3cret' });
    rmSync(directory, { recursive: true });
  });

  it('fails when the token file is missing', () => {
    expect(() => natsAddress('nats://127.0.0.1:4222?tokenFile=/nowhere/token')).toThrow(/nowhere/);
  });
});

describe('databaseAddress', () => {
  it('leaves an address over TCP as it is', () => {
    expect(databaseAddress('postgres://u:p@db:5432/x?sslmode=require')).toEqual({
      url: 'postgres://u:p@db:5432/x?sslmode=require',
    });
  });

  it('takes the socket directory and the user out of the query', () => {
    expect(databaseAddress('postgres:///x?host=%2Frun%2Fpg&user=taffrail&application_name=api')).toEqual({
      url: 'postgres:///x?application_name=api',
      host: '/run/pg',
      user: 'taffrail',
    });
  });
});

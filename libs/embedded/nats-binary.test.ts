import { describe, expect, it } from 'vitest';
import { isNewEnough, parseNatsVersion } from './nats-binary.ts';

describe('nats-server versions', () => {
  it('reads what the server prints', () => {
    expect(parseNatsVersion('nats-server: v2.14.0\n')).toBe('2.14.0');
    expect(parseNatsVersion('nats-server: v2.15.0-RC.1')).toBe('2.15.0-RC.1');
    expect(parseNatsVersion('busybox')).toBeUndefined();
  });

  it('accepts 2.11 and newer only', () => {
    expect(['2.9.10', '2.10.29', '1.99.0'].filter(isNewEnough)).toEqual([]);
    expect(['2.11.0', '2.14.0', '3.0.0'].filter(isNewEnough)).toHaveLength(3);
  });
});

import { describe, expect, it } from 'vitest';
import { UsageError } from '../failure.ts';
import { defaultNodeName, overlap, upOptions, type UpFlags } from './options.ts';

describe('upOptions', () => {
  it('has defaults for everything', () => {
    expect(upOptions({ nodeName: 'one' })).toEqual({
      port: 6443,
      bindAddress: '127.0.0.1',
      runtime: 'auto',
      simulatedNodes: 0,
      podCidr: '10.244.0.0/24',
      serviceCidr: '10.96.0.0/16',
      nodeName: 'one',
      install: true,
      serviceCa: true,
      encrypt: [],
    });
  });

  it('passes on how long Events are kept', () => {
    expect(upOptions({ nodeName: 'one', eventTtl: '12h' })).toMatchObject({ eventTtl: '12h' });
  });

  it('refuses each bad flag with one sentence that names it', () => {
    const cases: readonly (readonly [UpFlags, RegExp])[] = [
      [{ port: '0' }, /--port .*"0"/],
      [{ port: '1e3' }, /--port/],
      [{ port: '65536' }, /--port/],
      [{ runtime: 'docker' }, /--runtime/],
      [{ bindAddress: 'localhost' }, /--bind-address/],
      [{ simulatedNodes: '-1' }, /--simulated-nodes/],
      [{ podCidr: '10.0.0.0' }, /--pod-cidr/],
      [{ podCidr: '10.0.0.300/24' }, /--pod-cidr/],
      [{ podCidr: '10.0.0.0/31' }, /--pod-cidr/],
      [{ serviceCidr: 'fd00::/108' }, /--service-cidr/],
      [{ podCidr: '10.96.4.0/24' }, /overlap/],
      [{ nodeName: 'Node_1' }, /--node-name/],
      [{ eventTtl: '30' }, /--event-ttl .*"30"/],
      [{ otlpEndpoint: '127.0.0.1:4318' }, /--otlp-endpoint/],
    ];
    for (const [flags, message] of cases) {
      const attempt = (): unknown => upOptions({ nodeName: 'one', ...flags });
      expect(attempt, JSON.stringify(flags)).toThrow(UsageError);
      expect(attempt, JSON.stringify(flags)).toThrow(message);
    }
  });
});

describe('overlap', () => {
  it('is true only when the ranges share an address', () => {
    expect(overlap('10.0.0.0/8', '10.96.0.0/16')).toBe(true);
    expect(overlap('10.244.0.0/24', '10.244.0.128/25')).toBe(true);
    expect(overlap('10.244.0.0/24', '10.244.1.0/24')).toBe(false);
  });
});

describe('defaultNodeName', () => {
  it("turns a machine's name into a node's", () => {
    expect(defaultNodeName('Build_Host.Example.')).toBe('build-host.example');
    expect(defaultNodeName('***')).toBe('node');
  });
});

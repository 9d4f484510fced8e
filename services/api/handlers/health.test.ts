import { expect, test } from 'vitest';
import { FakeExchange } from '../testing/fake-exchange.ts';
import { answerHealth } from './health.ts';

const checks = {
  live: [{ name: 'ping', check: () => undefined }],
  ready: [
    { name: 'ping', check: () => undefined },
    { name: 'log', check: () => 'no connection' },
  ],
};

function ask(url: string): readonly [status: number, text: string] | undefined {
  const exchange = new FakeExchange({ url });
  const segments = exchange.path.split('/').filter((one) => one !== '');
  const answered = answerHealth(exchange, segments, new URLSearchParams(exchange.query), checks);
  return answered ? [exchange.status, exchange.text] : undefined;
}

test('what is well says ok, and its checks when asked', () => {
  expect(ask('/livez')).toEqual([200, 'ok']);
  expect(ask('/healthz?verbose')).toEqual([200, '[+]ping ok\nhealthz check passed\n']);
});

test('what is not well says which check failed and why', () => {
  expect(ask('/readyz')).toEqual([500, '[+]ping ok\n[-]log failed: no connection\nreadyz check failed\n']);
});

test('a check can be left out, and one that is not there is named', () => {
  expect(ask('/readyz?exclude=log')).toEqual([200, 'ok']);
  expect(ask('/readyz?exclude=log&exclude=disk&verbose')).toEqual([
    200,
    '[+]ping ok\n[+]log excluded: ok\nwarn: some health checks cannot be excluded: no matches for "disk"\nreadyz check passed\n',
  ]);
});

test('one check can be asked for alone', () => {
  expect(ask('/readyz/ping')).toEqual([200, 'ok']);
  expect(ask('/readyz/log')).toEqual([500, 'internal server error: no connection\n']);
  expect(ask('/readyz/disk')).toBeUndefined();
  expect(ask('/readyz/ping/more')).toBeUndefined();
});

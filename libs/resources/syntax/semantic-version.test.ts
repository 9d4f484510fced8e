import { expect, test } from 'vitest';
import { compareVersions, isVersion } from './semantic-version.ts';

test('versions in their order, as semver.org lists them', () => {
  const sorted = [
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
  ];
  for (const [at, left] of sorted.entries()) {
    for (const [otherAt, right] of sorted.entries()) {
      expect(Math.sign(compareVersions(left, right))).toBe(Math.sign(at - otherAt));
    }
  }
  expect(compareVersions('1.0.0+a', '1.0.0+b')).toBe(0);
});

test.each(['1', '1.2', 'v1.2.3', '01.2.3', '1.2.3-', '1.2.3-01', '1.2.3+', '', '1.2.3 '])(
  '%j is no version',
  (text) => {
    expect(isVersion(text)).toBe(false);
  },
);

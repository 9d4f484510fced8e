import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { proveKill } from './kill.ts';
import { proveLinearizable } from './linearizable.ts';
import { provePowerLoss } from './power-loss.ts';
import { proveThirtyDays } from './thirty-days.ts';

/* The short forms. The long ones are commands of their own and print their figures. */

const quiet = (): void => undefined;

test(
  'kill -9 of NATS, Postgres and the API server under load loses and doubles nothing',
  { timeout: 180_000 },
  async () => {
    const figures = await proveKill(1, quiet);
    expect(figures.acknowledged).toBeGreaterThan(100);
    expect(figures).toMatchObject({
      kills: { nats: 1, postgres: 1, 'api-0': 1 },
      lost: 0,
      duplicated: 0,
      halfTransactions: 0,
      unsealed: 0,
      leasesGoneBack: 0,
      secretsWrong: 0,
      projectionDiffers: 0,
    });
  },
);

test('two API servers, one stopped and resumed, answer like one', { timeout: 180_000 }, async () => {
  const figures = await proveLinearizable(2, 1_500, quiet);
  expect(figures.operations).toBeGreaterThan(100);
  expect(figures.pauses).toBeGreaterThan(0);
  expect(figures).toMatchObject({ notLinearizable: 0, lostUpdates: 0, duplicatedUpdates: 0 });
});

/** Mounting an image takes root and a loop device, which a container may not have. */
function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  try {
    return existsSync(execFileSync('losetup', ['--find'], { encoding: 'utf8', stdio: 'pipe' }).trim());
  } catch {
    return false;
  }
}

test.skipIf(!canMount())(
  'a power cut under load loses nothing and halves no transaction',
  { timeout: 180_000 },
  async () => {
    const figures = await provePowerLoss(1, quiet);
    expect(figures.acknowledgedTransactions).toBeGreaterThan(0);
    expect(figures).toMatchObject({ lost: 0, duplicated: 0, halfTransactions: 0 });
  },
);

test(
  'thirty days are read back as they were and verified by a file and an earlier checkpoint',
  { timeout: 180_000 },
  async () => {
    const figures = await proveThirtyDays(12, 150, quiet);
    expect(figures.objects).toBeGreaterThan(500);
    expect(figures).toMatchObject({ moments: 12, different: [], verified: true, changedByteFound: true });
    expect(figures.exportedEvents).toBeGreaterThan(50);
    expect(figures.exportedEvents).toBe(figures.projectedEvents);
  },
);

import { limits } from '@taffrail/platform/limits';
import type { Failure, Kill, PodMemory, ProbeVerdict, VolumesState } from './pod-memory.ts';
import { nextBackoff, type BackoffBounds, type BackoffEntry } from './restart-backoff.ts';

/** Bounds for sandboxes, volumes and containers that could not be made. */
export const retryBounds: BackoffBounds = Object.freeze({
  minimumMs: limits.podRetryMinimumMs,
  maximumMs: limits.podRetryMaximumMs,
});

/** The memory of one pod as its runner keeps it; plans read it as a PodMemory. */
export class MutablePodMemory implements PodMemory {
  readonly inFlight = new Set<string>();
  volumes: VolumesState = { state: 'unprepared' };
  sandboxFailure: Failure | undefined = undefined;
  readonly restarts = new Map<string, BackoffEntry>();
  readonly startFailures = new Map<string, Failure>();
  readonly pullFailures = new Map<string, Failure>();
  readonly pulledFor = new Set<string>();
  readonly kills = new Map<string, Kill>();
  readonly probes = new Map<string, ProbeVerdict>();
  finalStatusWritten = false;
  deleted = false;
  cleanedUp = false;
}

/** A failure that follows `previous`: its back-off is the next longer one. */
export function failureAfter(
  previous: Failure | undefined,
  reason: string,
  message: string,
  nowMs: number,
  bounds: BackoffBounds = retryBounds,
): Failure {
  return { reason, message, atMs: nowMs, backoff: nextBackoff(previous?.backoff, nowMs, bounds) };
}

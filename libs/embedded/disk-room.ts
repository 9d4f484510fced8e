import { statfsSync } from 'node:fs';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';

export interface DiskRoomOptions {
  readonly clock: Clock;
  /** Free bytes of the file system, as an unprivileged process may use them. */
  freeBytes(): number;
  /** Called once, when room has come back after it was gone. The watch then ends. */
  onReturned(): void;
}

/**
 * Watches for room that comes back. nats-server counts what it may store when it starts and switches JetStream off for good
 * when the disk is full: however much is freed later, only a new start makes it take writes again (measured on 2.14.0).
 * Returns the function that ends the watch.
 */
export function watchDiskRoom({ clock, freeBytes, onReturned }: DiskRoomOptions): () => void {
  let isGone = false;
  let cancel = (): void => undefined;
  const look = (): void => {
    const free = freeBytes();
    // At the reserve the server's own bound is reached already; twice that leaves a new start something to give.
    if (free <= limits.natsDiskReserveBytes) isGone = true;
    else if (isGone && free >= 2 * limits.natsDiskReserveBytes) {
      onReturned();
      return;
    }
    cancel = clock.after(limits.diskRoomIntervalMs, look);
  };
  look();
  return () => cancel();
}

/** Free bytes of the file system a directory lies on. */
export function freeBytesOf(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return bavail * bsize;
}

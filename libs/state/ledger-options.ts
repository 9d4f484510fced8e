import type { Clock } from '@taffrail/platform/clock';
import type { OperatingError } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import type { Tracer } from '@taffrail/platform/tracer';
import type { CommitLog } from '@taffrail/log/commit-log';
import type { ObjectVault } from '@taffrail/log/object-vault';
import type { DecideState } from './decide/state.ts';
import type { FoldContext } from './evolve.ts';
import type { LiveSet } from './live-set.ts';
import type { Position } from './position.ts';
import type { Ring } from './ring.ts';
import type { StateView } from './state-view.ts';

/** What a ledger works on and with. */
export interface LedgerOptions {
  readonly log: CommitLog;
  /** The committed state at `position`. From here on nobody else changes it. */
  readonly live: LiveSet;
  readonly position: Position;
  /** Its recent changes, up to `position`. */
  readonly ring: Ring;
  readonly fold: FoldContext;
  readonly vault: ObjectVault;
  /** What `decide` reads, given this space's view. */
  readonly stateOf: (own: StateView) => DecideState;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Nobody else writes to this log, so that what has been folded is known to be all there is. */
  readonly soleWriter: boolean;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
  /** Told once, when the ledger has to stop: the process should end. */
  readonly onFailure: (error: OperatingError) => void;
}

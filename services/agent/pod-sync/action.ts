import { assertNever } from '@taffrail/platform/assert';

/** What a plan may ask for: data. Each action runs beside the others under its key, at most once at a time. */
export type PodAction =
  | { readonly type: 'create-sandbox'; readonly attempt: number; readonly replaces: boolean }
  | { readonly type: 'prepare-volumes' }
  | { readonly type: 'pull-image'; readonly container: string; readonly attempt: number; readonly image: string }
  | {
      readonly type: 'start-container';
      readonly container: string;
      readonly attempt: number;
      readonly sandboxId: string;
      /** The image was there already: say so in an event. */
      readonly present: boolean;
    }
  | {
      readonly type: 'kill-container';
      readonly id: string;
      readonly container: string;
      readonly graceSeconds: number;
      /** Whether the preStop hook runs first (not for a container that is killed a second time with less grace). */
      readonly preStop: boolean;
      /** Text of the Killing event. */
      readonly message: string;
    }
  | { readonly type: 'remove-container'; readonly id: string }
  | { readonly type: 'stop-sandbox'; readonly id: string }
  | { readonly type: 'remove-sandbox'; readonly id: string }
  /** Everything has ended and the last status is written: let the API forget the pod. */
  | { readonly type: 'delete-pod' }
  /** The API has forgotten it: volumes, logs and cgroups go. */
  | { readonly type: 'clean-up' };

/** Two actions with one key never run at the same time. */
export function actionKey(action: PodAction): string {
  switch (action.type) {
    case 'pull-image':
      return `pull-image ${action.image}`;
    case 'start-container':
      return `start-container ${action.container}`;
    case 'kill-container':
      // The grace is part of the key: a second kill with less grace runs beside the first.
      return `kill-container ${action.id} ${action.graceSeconds}`;
    case 'remove-container':
    case 'stop-sandbox':
    case 'remove-sandbox':
      return `${action.type} ${action.id}`;
    case 'create-sandbox':
    case 'prepare-volumes':
    case 'delete-pod':
    case 'clean-up':
      return action.type;
    default:
      return assertNever(action);
  }
}

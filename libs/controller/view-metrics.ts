import type { Metrics } from '@taffrail/platform/metrics';
import { resourceText } from './api-path.ts';
import type { View } from './controller.ts';
import type { ViewedResource } from './live-view.ts';

/** How far a view has come: beside the API server's `taffrail_log_sequence` it tells how far behind it is. */
export function measureView(metrics: Metrics, view: View, resources: readonly ViewedResource[]): void {
  const revision = metrics.gauge('taffrail_view_revision', 'Revision up to which the view is complete.', ['resource']);
  metrics.beforeCollect(() => {
    for (const { resource } of resources) revision.set(view.revision(resource), resourceText(resource));
  });
}

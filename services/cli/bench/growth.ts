import { measure, type Measurement } from './measurement.ts';
import { configMapBody } from './sample-objects.ts';
import { collection, type BenchTarget } from './workload.ts';

/** How the server does with so many objects. */
export interface GrowthStep {
  readonly objects: number;
  readonly create: Measurement;
  readonly get: Measurement;
  readonly page: Measurement;
}

/** Creates objects up to each size and measures the same three things there. */
export async function growth(
  target: BenchTarget,
  sizes: readonly number[],
  told: (step: GrowthStep) => void,
): Promise<readonly GrowthStep[]> {
  const path = collection(target, 'configmaps');
  const steps: GrowthStep[] = [];
  let made = 0;
  for (const objects of sizes) {
    const first = made;
    const create = await measure(target, { count: objects - first, concurrency: 32 }, (at) =>
      target.client.ask({ method: 'POST', path, body: configMapBody(`grown-${first + at}`) }),
    );
    made = objects;
    const get = await measure(target, { count: 2_000, concurrency: 32 }, (at) =>
      // A prime step reads all over the range.
      target.client.ask({ method: 'GET', path: `${path}/grown-${(at * 7_919) % objects}` }),
    );
    const page = await measure(target, { count: 20, concurrency: 1 }, () =>
      target.client.ask({ method: 'GET', path: `${path}?limit=500` }),
    );
    const step = { objects, create, get, page };
    steps.push(step);
    told(step);
  }
  return steps;
}

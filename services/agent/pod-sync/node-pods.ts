import { readdir } from 'node:fs/promises';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Pod } from '@taffrail/resources/generated/types';
import { POD_GRACE_ANNOTATION } from '../containers/container-hash.ts';
import { POD_UID_LABEL, type Container, type Sandbox, type SandboxIdentity } from '../runtime/port.ts';
import type { NodeContext } from './node-context.ts';
import { fingerprint } from './observe.ts';
import type { ObservedPod } from './observed-pod.ts';
import { podUid } from './pod-facts.ts';
import { PodRunner } from './pod-runner.ts';
import type { PodCause } from './status-writer.ts';

/**
 * All pods of this node. Told of pods by a source, of containers by the runtime. What the runtime has and the API does
 * not is stopped, but only after the API has answered once: an agent that starts while the API is away touches nothing.
 */
export class NodePods {
  readonly #context: NodeContext;
  readonly #runners = new Map<string, PodRunner>();
  #synced = false;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** The pods that run or end here, for the agent's own server. */
  pods(): readonly Pod[] {
    return [...this.#runners.values()].map(({ pod }) => pod);
  }
  /** What the runtime has of each pod, as last looked at (metrics). */
  observed(): readonly ObservedPod[] {
    return [...this.#runners.values()].map(({ observed }) => observed);
  }
  find(namespace: string, name: string): Pod | undefined {
    return this.pods().find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  /** The complete list of this node's pods. */
  replaceAll(pods: readonly Pod[]): void {
    const uids = new Set(pods.map(podUid));
    for (const [uid, runner] of this.#runners) if (!uids.has(uid)) runner.gone();
    for (const pod of pods) this.upsert(pod);
    this.#synced = true;
    void this.relist().catch((error: unknown) => this.#warn(error));
  }

  upsert(pod: Pod, why?: PodCause): void {
    const uid = podUid(pod);
    const runner = this.#runners.get(uid);
    if (runner !== undefined) {
      runner.update(pod, why);
      return;
    }
    const added = new PodRunner(this.#context, pod, () => this.#runners.delete(uid), why);
    this.#runners.set(uid, added);
    added.nudge();
  }

  /** The API has forgotten this pod. */
  remove(pod: Pod, why?: PodCause): void {
    const runner = this.#runners.get(podUid(pod));
    runner?.gone(pod, why);
  }

  /** Follows the runtime until the signal is aborted. */
  async follow(signal: AbortSignal): Promise<void> {
    const { runtime, clock } = this.#context;
    const relisting = (async () => {
      while (!signal.aborted) {
        await clock.sleep(limits.runtimeRelistMs, signal).catch(() => undefined);
        if (!signal.aborted) await this.relist().catch((error: unknown) => this.#warn(error));
      }
    })();
    for await (const { containerId } of runtime.changes(signal)) {
      if (containerId === undefined) await this.relist().catch((error: unknown) => this.#warn(error));
      else this.#nudgeOwner(containerId);
    }
    await relisting;
  }

  /** Compares all the runtime has with what each pod was last planned from. */
  async relist(): Promise<void> {
    const { runtime } = this.#context;
    const [sandboxes, containers] = await Promise.all([runtime.listSandboxes(), runtime.listContainers()]);
    const uidOf = ({ labels }: Sandbox | Container): string => labels[POD_UID_LABEL] ?? '';
    const byPod = Map.groupBy(sandboxes, uidOf);
    const containersByPod = Map.groupBy(containers, uidOf);
    for (const [uid, runner] of this.#runners) {
      if (fingerprint(byPod.get(uid) ?? [], containersByPod.get(uid) ?? []) !== runner.seen) runner.nudge();
    }
    if (!this.#synced) return;
    for (const [uid, [sandbox]] of byPod) {
      if (uid === '' || sandbox === undefined || this.#runners.has(uid)) continue;
      this.#context.logger.info({ pod: uid, name: sandbox.identity.name }, 'a pod the API does not know is stopped');
      this.#end(orphanOf(sandbox.identity, containersByPod.get(uid) ?? []));
    }
    for (const uid of await this.#leftDirectories()) {
      if (this.#runners.has(uid)) continue;
      this.#context.logger.info({ pod: uid }, 'what a pod left behind is removed');
      this.#end(orphanOf({ uid, namespace: '', name: '' }, []));
    }
  }

  #end(orphan: Pod): void {
    const uid = podUid(orphan);
    const runner = new PodRunner(this.#context, orphan, () => this.#runners.delete(uid));
    this.#runners.set(uid, runner);
    runner.gone();
  }

  /** Uids of pods that still have a directory here, though perhaps nothing in the runtime. */
  async #leftDirectories(): Promise<readonly string[]> {
    try {
      return await readdir(this.#context.paths.podsDirectory);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Stops looking; containers go on. */
  close(): void {
    for (const runner of this.#runners.values()) runner.close();
    this.#runners.clear();
  }

  #nudgeOwner(containerId: string): void {
    for (const runner of this.#runners.values()) {
      if (runner.owns(containerId)) {
        runner.nudge();
        return;
      }
    }
  }

  #warn(error: unknown): void {
    this.#context.logger.warn({ error: messageOf(error) }, 'the container runtime could not be listed');
  }
}

/** What is known of a pod from its sandbox alone: enough to stop it with its own grace. */
function orphanOf(identity: Omit<SandboxIdentity, 'attempt'>, containers: readonly Container[]): Pod {
  const grace = Number(containers[0]?.annotations[POD_GRACE_ANNOTATION] ?? 30);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: identity.name, namespace: identity.namespace, uid: identity.uid },
    spec: { containers: [], terminationGracePeriodSeconds: grace },
  };
}

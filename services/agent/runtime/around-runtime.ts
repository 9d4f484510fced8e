import type { Runtime } from './port.ts';

/** Runs a call of the runtime; `operation` is what the kubelet's metrics call it. */
export type Around = <Result>(operation: string, call: () => Promise<Result>) => Promise<Result>;

/** The same runtime with something around each of its calls. */
export function aroundRuntime(runtime: Runtime, around: Around): Runtime {
  return {
    version: (...args) => around('version', () => runtime.version(...args)),
    conditions: (...args) => around('status', () => runtime.conditions(...args)),
    listSandboxes: (...args) => around('list_podsandbox', () => runtime.listSandboxes(...args)),
    sandboxStatus: (...args) => around('podsandbox_status', () => runtime.sandboxStatus(...args)),
    runSandbox: (...args) => around('run_podsandbox', () => runtime.runSandbox(...args)),
    stopSandbox: (...args) => around('stop_podsandbox', () => runtime.stopSandbox(...args)),
    removeSandbox: (...args) => around('remove_podsandbox', () => runtime.removeSandbox(...args)),
    listContainers: (...args) => around('list_containers', () => runtime.listContainers(...args)),
    containerStatus: (...args) => around('container_status', () => runtime.containerStatus(...args)),
    createContainer: (...args) => around('create_container', () => runtime.createContainer(...args)),
    startContainer: (...args) => around('start_container', () => runtime.startContainer(...args)),
    stopContainer: (...args) => around('stop_container', () => runtime.stopContainer(...args)),
    removeContainer: (...args) => around('remove_container', () => runtime.removeContainer(...args)),
    exec: (...args) => around('exec_sync', () => runtime.exec(...args)),
    reopenLog: (...args) => around('reopen_container_log', () => runtime.reopenLog(...args)),
    listImages: (...args) => around('list_images', () => runtime.listImages(...args)),
    image: (...args) => around('image_status', () => runtime.image(...args)),
    pullImage: (...args) => around('pull_image', () => runtime.pullImage(...args)),
    removeImage: (...args) => around('remove_image', () => runtime.removeImage(...args)),
    usage: (...args) => around('list_container_stats', () => runtime.usage(...args)),
    execUrl: (...args) => around('exec', () => runtime.execUrl(...args)),
    attachUrl: (...args) => around('attach', () => runtime.attachUrl(...args)),
    portForwardUrl: (...args) => around('port_forward', () => runtime.portForwardUrl(...args)),
    changes: (signal) => runtime.changes(signal),
    close: () => runtime.close(),
  };
}

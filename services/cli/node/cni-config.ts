import type { NodePaths } from './node-paths.ts';

/** The pod network: a bridge, addresses out of the pod range, and host ports. */
export function cniConfig(paths: NodePaths, podCidr: string): string {
  const config = {
    cniVersion: '0.4.0',
    name: paths.bridge,
    plugins: [
      {
        type: 'bridge',
        bridge: paths.bridge,
        isGateway: true,
        // A pod may reach itself through its Service.
        hairpinMode: true,
        ipMasq: true,
        ipam: {
          type: 'host-local',
          dataDir: paths.cniAddressDir,
          ranges: [[{ subnet: podCidr }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true }, snat: true },
    ],
  };
  return `${JSON.stringify(config, undefined, 2)}\n`;
}

import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { podRules } from '../../kinds/pod/rules.ts';
import { sourceRules } from './volume-sources.ts';

const container = { name: 'c', image: 'a' };

/** `field: message` of every fault of a pod with this spec. */
function faults(spec: MutableJsonObject): readonly string[] {
  const object: MutableJsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [container], ...spec },
  };
  podRules.applyDefaults(object);
  return podRules.validateCreate(object as KubeObject).map((error) => `${error.field}: ${error.message}`);
}

const withContainer = (more: MutableJsonObject): readonly string[] =>
  faults({ containers: [{ ...container, ...more }] });

describe('containers', () => {
  test('share no name and no host port', () => {
    const port = { containerPort: 80, hostPort: 8080 };
    expect(faults({ initContainers: [container], containers: [container] })).toEqual([
      'spec.initContainers[0].name: Duplicate value: "c"',
    ]);
    expect(
      faults({
        containers: [
          { ...container, ports: [port] },
          { name: 'd', image: 'a', ports: [port] },
        ],
      }),
    ).toEqual(['spec.containers[1].ports[0].hostPort: Duplicate value: "TCP//8080"']);
  });

  test('name their ports as IANA does', () => {
    expect(
      withContainer({
        ports: [
          { name: 'Web', containerPort: 80 },
          { containerPort: 0, protocol: 'ICMP' },
        ],
      }),
    ).toEqual([
      'spec.containers[0].ports[0].name: Invalid value: "Web": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'spec.containers[0].ports[1].containerPort: Required value',
      'spec.containers[0].ports[1].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
    ]);
  });

  test('take each variable from one place that exists', () => {
    const env = (valueFrom: MutableJsonObject, value?: string): readonly string[] =>
      withContainer({ env: [{ name: 'X', valueFrom, ...(value === undefined ? {} : { value }) }] });
    const at = 'spec.containers[0].env[0].valueFrom';
    const ref = { configMapKeyRef: { name: 'a', key: 'b' } };
    expect(env(ref)).toEqual([]);
    expect(env({})).toEqual([
      `${at}: Invalid value: "": must specify one of: \`fieldRef\`, \`resourceFieldRef\`, \`configMapKeyRef\`, \`secretKeyRef\` or \`fileKeyRef\``,
    ]);
    expect(env(ref, '1')).toEqual([`${at}: Invalid value: "": may not be specified when \`value\` is not empty`]);
    expect(env({ ...ref, secretKeyRef: { name: 'a', key: 'b' } })).toEqual([
      `${at}: Invalid value: "": may not have more than one field specified at a time`,
    ]);
    expect(env({ fieldRef: { fieldPath: 'metadata.labels' } })[0]).toMatch(
      /^spec.containers\[0\].env\[0\].valueFrom.fieldRef.fieldPath: Unsupported value: "metadata.labels": supported values: "metadata.name"/,
    );
    expect(env({ fieldRef: { fieldPath: "metadata.labels['app']" } })).toEqual([]);
    expect(env({ fieldRef: { fieldPath: 'spec.nothing' } })).toEqual([
      `${at}.fieldRef.fieldPath: Invalid value: "spec.nothing": error converting fieldPath: field label not supported: spec.nothing`,
    ]);
    expect(env({ resourceFieldRef: { resource: 'limits.cpu', divisor: '1Mi' } })).toEqual([
      `${at}.resourceFieldRef.divisor: Invalid value: "limits.cpu": only divisor's values 1m and 1 are supported with the cpu resource`,
    ]);
  });

  test('ask for resources by names and amounts that make sense', () => {
    const at = 'spec.containers[0].resources';
    expect(withContainer({ resources: { limits: { pods: '1' } } })).toContain(
      `${at}.limits[pods]: Invalid value: "pods": must be a standard resource for containers`,
    );
    expect(withContainer({ resources: { requests: { cpu: '-1' } } })).toEqual([
      `${at}.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0`,
    ]);
    expect(withContainer({ resources: { limits: { 'example.com/gpu': '500m' } } })).toContain(
      `${at}.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
    );
    expect(withContainer({ resources: { requests: { 'example.com/gpu': '1' } } })).toEqual([
      `${at}.limits: Required value: Limit must be set for non overcommitable resources`,
    ]);
    expect(withContainer({ resources: { limits: { 'hugepages-2Mi': '2Mi' } } })).toEqual([
      `${at}: Forbidden: HugePages require cpu or memory`,
    ]);
  });

  test('have probes with one handler and numbers of their kind', () => {
    const at = 'spec.containers[0]';
    const exec = { command: ['true'] };
    expect(withContainer({ livenessProbe: { exec, tcpSocket: { port: 1 } } })).toEqual([
      `${at}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`,
    ]);
    expect(withContainer({ livenessProbe: { exec, successThreshold: 2 } })).toEqual([
      `${at}.livenessProbe.successThreshold: Invalid value: 2: must be 1`,
    ]);
    expect(withContainer({ readinessProbe: { exec, successThreshold: 2, terminationGracePeriodSeconds: 5 } })).toEqual([
      `${at}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
    ]);
    expect(withContainer({ startupProbe: { httpGet: { port: 'a--b' } } })).toEqual([
      `${at}.startupProbe.httpGet.port: Invalid value: "a--b": must not contain consecutive hyphens`,
    ]);
    expect(withContainer({ lifecycle: { preStop: { sleep: { seconds: 60 } } } })).toEqual([
      `${at}.lifecycle.preStop.sleep: Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ]);
  });

  test('of init may have probes only when they keep running', () => {
    const probe = { livenessProbe: { exec: { command: ['true'] } } };
    expect(faults({ initContainers: [{ name: 'i', image: 'a', restartPolicy: 'Always', ...probe }] })).toEqual([]);
    expect(faults({ initContainers: [{ name: 'i', image: 'a', ...probe }] })).toEqual([
      'spec.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always',
    ]);
  });

  test('of the ephemeral kind cannot come with a new pod', () => {
    expect(faults({ ephemeralContainers: [{ name: 'e', image: 'a', ports: [{ containerPort: 1 }] }] })).toEqual([
      'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
      'spec.ephemeralContainers: Forbidden: cannot be set on create',
    ]);
  });

  test('cannot give up escalation and be privileged', () => {
    const [fault] = withContainer({ securityContext: { allowPrivilegeEscalation: false, privileged: true } });
    expect(fault).toMatch(/cannot set `allowPrivilegeEscalation` to false and `privileged` to true$/);
    expect(withContainer({ securityContext: { runAsUser: -1, seccompProfile: { type: 'Localhost' } } })).toEqual([
      'spec.containers[0].securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive',
      'spec.containers[0].securityContext.seccompProfile.localhostProfile: Required value: must be set when seccomp type is Localhost',
    ]);
  });
});

describe('volumes', () => {
  const volume = (source: MutableJsonObject): readonly string[] => faults({ volumes: [{ name: 'v', ...source }] });

  test('of every source type say what they lack', () => {
    const fine: readonly string[] = ['emptyDir', 'downwardAPI', 'projected'];
    for (const name of Object.keys(sourceRules)) {
      const found = volume({ [name]: {} });
      if (fine.includes(name)) expect(found, name).toEqual([]);
      else expect(found[0], name).toMatch(/^spec\.volumes\[0\]\.\w+.*: (Required|Invalid)/);
    }
  });

  test('are named once, and mounted by that name', () => {
    expect(faults({ volumes: [{ name: 'v' }, { name: 'v' }] })).toEqual(['spec.volumes[1].name: Duplicate value: "v"']);
    const mounts = [
      { name: 'v', mountPath: '/a' },
      { name: 'v', mountPath: '/a', subPath: '../x' },
    ];
    expect(faults({ volumes: [{ name: 'v' }], containers: [{ ...container, volumeMounts: mounts }] })).toEqual([
      'spec.containers[0].volumeMounts[1].mountPath: Invalid value: "/a": must be unique',
      'spec.containers[0].volumeMounts.subPath: Invalid value: "../x": must not contain \'..\'',
    ]);
  });

  test('keep their files below themselves and their modes in range', () => {
    const at = 'spec.volumes[0].configMap';
    expect(volume({ configMap: { name: 'a', defaultMode: 512, items: [{ key: 'k', path: '/x' }] } })).toEqual([
      `${at}.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive`,
      `${at}.items[0].path: Invalid value: "/x": must be a relative path`,
    ]);
    expect(volume({ hostPath: { path: '/a/../b', type: 'Pipe' } })).toHaveLength(2);
  });

  test('project no two sources onto one path', () => {
    const items = [{ key: 'k', path: 'same' }];
    const sources = [{ secret: { name: 'a', items } }, { configMap: { name: 'b', items } }];
    expect(volume({ projected: { sources } })).toEqual([
      'spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths',
    ]);
    expect(
      faults({
        serviceAccountName: 'x',
        volumes: [
          { name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 5 } }] } },
        ],
      }),
    ).toEqual([
      'spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 5: may not specify a duration less than 10 minutes',
    ]);
  });
});

describe('placement', () => {
  test('by affinity names nodes and topologies well', () => {
    const at = 'spec.affinity';
    const required = 'requiredDuringSchedulingIgnoredDuringExecution';
    expect(faults({ affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: [] } } } })).toEqual([
      `${at}.nodeAffinity.${required}.nodeSelectorTerms: Required value: must have at least one node selector term`,
    ]);
    const terms = [
      {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'b', operator: 'Gt', values: ['1', '2'] },
          { key: 'c', operator: '~' },
        ],
      },
    ];
    expect(faults({ affinity: { nodeAffinity: { [required]: { nodeSelectorTerms: terms } } } })).toHaveLength(3);
    expect(faults({ affinity: { podAntiAffinity: { [required]: [{ labelSelector: {} }] } } })[0]).toBe(
      `${at}.podAntiAffinity.${required}[0].topologyKey: Required value: can not be empty`,
    );
  });

  test('by spread constraints is sound', () => {
    const one = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' };
    expect(faults({ topologySpreadConstraints: [one, one] })).toEqual([
      'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
    ]);
    expect(
      faults({
        topologySpreadConstraints: [{ ...one, maxSkew: 0, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }],
      }),
    ).toEqual([
      'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
      'spec.topologySpreadConstraints[0].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    ]);
  });

  test('by tolerations says what is tolerated', () => {
    expect(faults({ tolerations: [{ operator: 'Equal', value: 'x' }] })[0]).toMatch(
      /operator must be Exists when `key` is empty/,
    );
    expect(faults({ tolerations: [{ key: 'a', operator: 'Exists', tolerationSeconds: 1 }] })).toEqual([
      'spec.tolerations[0].effect: Invalid value: "": effect must be \'NoExecute\' when `tolerationSeconds` is set',
    ]);
  });
});

test('the resolver needs a server when the policy is None', () => {
  expect(faults({ dnsPolicy: 'None' })).toEqual([
    'spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None',
  ]);
  expect(faults({ dnsPolicy: 'None', dnsConfig: { nameservers: ['1.2.3'] } })).toEqual([
    'spec.dnsConfig.nameservers[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
  ]);
});

test("on the host's network ports are the host's", () => {
  const ports = [{ containerPort: 80 }, { containerPort: 81, hostPort: 82 }];
  expect(faults({ hostNetwork: true, containers: [{ ...container, ports }] })).toEqual([
    'spec.containers[0].ports[1].hostPort: Invalid value: 82: must match `containerPort` when `hostNetwork` is true',
  ]);
});

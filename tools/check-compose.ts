/**
 * Holds docker-compose.yml and the Dockerfile against each other and the repository: the structure is that of the compose
 * specification as far as we use it, everything referred to is defined, every command exists in the command line with its
 * flags, every stage and every copied file exists. Prints each problem; exit 1 when there is one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');
const problems: string[] = [];

type Mapping = Readonly<Record<string, unknown>>;
const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): boolean => typeof value === 'string';
const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const oneOf =
  (...values: readonly unknown[]) =>
  (value: unknown): boolean =>
    values.includes(value);
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isDuration = (value: unknown): boolean => typeof value === 'string' && /^(\d+(ms|s|m|h))+$/.test(value);

/** What a service may hold (compose-spec, the part in use) and what shape each has. */
const SERVICE: Readonly<Record<string, (value: unknown) => boolean>> = {
  build: (value) => isMapping(value) && Object.keys(value).every((key) => ['context', 'target', 'args'].includes(key)),
  cgroup: oneOf('host', 'private'),
  command: isTexts,
  configs: (value) => Array.isArray(value) && value.every((one) => isMapping(one) && isText(one['source'])),
  depends_on: (value) =>
    isMapping(value) &&
    Object.values(value).every(
      (one) =>
        isMapping(one) &&
        ['service_started', 'service_healthy', 'service_completed_successfully'].includes(String(one['condition'])),
    ),
  environment: isMapping,
  healthcheck: (value) => isMapping(value) && isTexts(value['test']),
  image: isText,
  init: isBoolean,
  networks: isTexts,
  ports: isTexts,
  privileged: isBoolean,
  restart: oneOf('no', 'always', 'on-failure', 'unless-stopped'),
  stop_grace_period: isDuration,
  tmpfs: isTexts,
  volumes: isTexts,
};
const TOP_LEVEL = ['name', 'services', 'networks', 'volumes', 'configs'];

function mapping(value: unknown, where: string): Mapping {
  if (isMapping(value)) return value;
  problems.push(`${where} is not a mapping`);
  return {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

/** Runs the command line from its sources. */
function help(...args: readonly string[]): string {
  const entry = path.join(root, 'services/cli/main.ts');
  const { stdout, status } = spawnSync(process.execPath, ['--conditions=source', entry, ...args, '--help'], {
    encoding: 'utf8',
  });
  if (status !== 0) problems.push(`"taffrail ${args.join(' ')} --help" exits with ${status}`);
  return stdout;
}

/** Commands that pass every flag on to a service of that name: their own help does not list them. */
const SERVICES = ['api', 'controllers', 'scheduler', 'agent'];

function checkCommand(service: string, command: readonly string[], known: ReadonlySet<string>): void {
  const [name = '', ...flags] = command;
  if (!known.has(name)) {
    problems.push(`service ${service}: there is no command "taffrail ${name}"`);
    return;
  }
  const described = SERVICES.includes(name) ? undefined : help(name);
  for (const flag of flags) {
    const option = /^--([a-z][a-z-]*)=/.exec(flag)?.[1];
    if (option === undefined) problems.push(`service ${service}: "${flag}" is not of the form --flag=value`);
    else if (described?.includes(`--${option} `) === false)
      problems.push(`service ${service}: "taffrail ${name}" has no flag --${option}`);
  }
}

function checkReferences(name: string, service: Mapping, compose: Mapping): void {
  const defined = (section: string): readonly string[] => Object.keys(mapping(compose[section] ?? {}, section));
  const check = (section: string, used: readonly string[]): void => {
    for (const one of used)
      if (!defined(section).includes(one)) problems.push(`service ${name}: ${section} has no "${one}"`);
  };
  check('services', isMapping(service['depends_on']) ? Object.keys(service['depends_on']) : []);
  check('networks', texts(service['networks']));
  check(
    'volumes',
    texts(service['volumes'])
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => !/^[./~]/.test(source)),
  );
  const configs = Array.isArray(service['configs']) ? service['configs'].filter(isMapping) : [];
  check(
    'configs',
    configs.map((config) => String(config['source'])),
  );
}

/** Stages of the Dockerfile; on the way, that each stage and each copied file exists. */
function dockerfileStages(): ReadonlySet<string> {
  const stages = new Set<string>();
  const text = readFileSync(path.join(root, 'Dockerfile'), 'utf8').replaceAll(/\\\n/g, ' ');
  for (const line of text.split('\n')) {
    const from = /^FROM\s+(\S+)(?:\s+AS\s+(\S+))?$/.exec(line);
    if (from !== null) {
      const [, base = '', name] = from;
      if (!stages.has(base) && !base.includes(':')) problems.push(`Dockerfile: there is no stage "${base}"`);
      if (name !== undefined) stages.add(name);
    }
    const copy = /^COPY\s+(?:--from=(\S+)\s+)?(.+)$/.exec(line);
    if (copy !== null) {
      const [, stage, list = ''] = copy;
      if (stage !== undefined && !stages.has(stage)) problems.push(`Dockerfile: there is no stage "${stage}"`);
      for (const source of list.trim().split(/\s+/).slice(0, -1)) {
        const file = stage === undefined ? source : source.replace(/^\/taffrail\//, '');
        if (!existsSync(path.join(root, file)) && file !== 'node_modules' && file !== 'dist')
          problems.push(`Dockerfile: ${source} does not exist`);
      }
    }
    const entry = /"\/taffrail\/dist\/(\w+)\.js"/.exec(line);
    if (entry !== null && !existsSync(path.join(root, `services/${entry[1]}/main.ts`)))
      problems.push(`Dockerfile: ${entry[0]} is built from no source`);
  }
  return stages;
}

const compose = mapping(
  parse(readFileSync(path.join(root, 'docker-compose.yml'), 'utf8'), { merge: true }),
  'docker-compose.yml',
);
for (const key of Object.keys(compose)) {
  if (!TOP_LEVEL.includes(key) && !key.startsWith('x-')) problems.push(`docker-compose.yml: unknown "${key}"`);
}
const stages = dockerfileStages();
const commands = new Set([...help().matchAll(/^ {2}([a-z]+)\b/gm)].map((match) => match[1] ?? ''));
const services = mapping(compose['services'], 'services');
for (const [name, value] of Object.entries(services)) {
  const service = mapping(value, `service ${name}`);
  for (const [key, field] of Object.entries(service)) {
    const isValid = SERVICE[key];
    if (isValid === undefined) problems.push(`service ${name}: unknown "${key}"`);
    else if (!isValid(field)) problems.push(`service ${name}: "${key}" has the wrong shape`);
  }
  if (service['image'] === undefined && service['build'] === undefined)
    problems.push(`service ${name} has neither image nor build`);
  const { build } = service;
  if (isMapping(build)) {
    const { target } = build;
    if (typeof target === 'string' && !stages.has(target)) problems.push(`service ${name}: no stage "${target}"`);
    checkCommand(name, texts(service['command']), commands);
  }
  checkReferences(name, service, compose);
}
for (const needed of ['nats', 'postgres', 'api', 'controllers', 'scheduler', 'agent']) {
  if (!(needed in services)) problems.push(`docker-compose.yml: no service "${needed}"`);
}

for (const problem of problems) console.error(problem);
console.log(`compose: ${Object.keys(services).length} services, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

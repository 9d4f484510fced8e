/**
 * Holds the rules of docs/ARCHITECTURE.md that a program can check: imports point one way, a package imports only what its
 * package.json names, only libs/platform touches clock, randomness, timers and environment, files are small and named after
 * one thing. Prints each violation with its place; exit 1 when there is one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { lineOf, sourceFiles, type SourceFile } from './source-files.ts';

const root = path.resolve(import.meta.dirname, '..');

/** A package may import packages of a lower rank only. */
const RANK: Readonly<Record<string, number>> = {
  'libs/platform': 0,
  'libs/embedded': 1,
  'libs/pki': 1,
  'libs/telemetry': 1,
  'libs/resources': 1,
  'libs/machinery': 2,
  'libs/log': 3,
  migrations: 3,
  'libs/state': 4,
  'libs/projection': 5,
  'libs/feed': 5,
  'libs/history': 6,
  'libs/controller': 6,
  'libs/sim': 8,
  'services/api': 7,
  'services/scheduler': 7,
  'services/controllers': 7,
  'services/agent': 7,
  'services/cli': 7,
};

/** Only libs/platform may use these: everything else gets them as parameters. */
const AMBIENT: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bDate\.now\b/g, what: 'the clock (Date.now)' },
  { pattern: /\bnew Date\(\s*\)/g, what: 'the clock (new Date())' },
  { pattern: /\bperformance\.(now|timeOrigin)\b/g, what: 'the clock (performance)' },
  { pattern: /\bprocess\.hrtime\b/g, what: 'the clock (process.hrtime)' },
  { pattern: /\bMath\.random\b/g, what: 'randomness (Math.random)' },
  { pattern: /\b(randomUUID|randomBytes|randomInt|getRandomValues)\b/g, what: 'randomness (node:crypto)' },
  { pattern: /\bprocess\.env\b/g, what: 'the environment (process.env)' },
  { pattern: /\b(?<!\.)(setTimeout|setInterval)\(/g, what: 'a timer' },
];

const MAXIMUM_LINES = 450;
const VAGUE_NAMES = /(^|[-/])(manager|helper|helpers|util|utils|data|info|misc|common)(\.|-|$)/;

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8')) as Manifest;

const isTest = (file: string): boolean => /\.(test|suite)\.ts$|\/testing\/|^tests\/|\/generate\//.test(file);
const packageOf = (file: string): string => Object.keys(RANK).find((folder) => file.startsWith(`${folder}/`)) ?? '';

function checkAmbient(file: SourceFile): string[] {
  if (file.path.startsWith('libs/platform/') || isTest(file.path)) return [];
  return AMBIENT.flatMap(({ pattern, what }) =>
    [...file.bare.matchAll(pattern)].map(
      (match) =>
        `${file.path}:${lineOf(file.bare, match.index)}: uses ${what}; take it as a parameter from libs/platform`,
    ),
  );
}

function checkShape(file: SourceFile): string[] {
  const problems: string[] = [];
  const name = path.basename(file.path);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|int\.test|e2e\.test|suite|bench|config))?\.ts$/.test(name))
    problems.push(`${file.path}: a file's name is kebab-case`);
  if (VAGUE_NAMES.test(name)) problems.push(`${file.path}: name the thing, not "${name}"`);
  const lines = file.text.split('\n').length;
  if (lines > MAXIMUM_LINES && !isTest(file.path))
    problems.push(`${file.path}: ${lines} lines; one concept per file (at most ${MAXIMUM_LINES})`);
  return problems;
}

function importsOf(file: SourceFile): { readonly specifier: string; readonly line: number }[] {
  const pattern = /(?:\bfrom\s+|\bimport\s*\(\s*|\bimport\s+)(['"])([^'"]+)\1/g;
  return [...file.code.matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? '',
    line: lineOf(file.code, match.index),
  }));
}

function checkImports(file: SourceFile, declared: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const own = packageOf(file.path);
  if (own === '') return [];
  const problems: string[] = [];
  for (const { specifier, line } of importsOf(file)) {
    const at = `${file.path}:${line}`;
    if (specifier.startsWith('.')) {
      const target = path.posix.join(path.posix.dirname(file.path), specifier);
      if (!target.startsWith(`${own}/`) && !isTest(file.path))
        problems.push(`${at}: ${specifier} leaves the package; import the other package by its name`);
      continue;
    }
    if (specifier.startsWith('node:') || builtinModules.includes(specifier)) continue;
    const parts = specifier.split('/');
    const name = specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? '');
    if (!isTest(file.path) && declared.get(own)?.has(name) !== true)
      problems.push(`${at}: ${name} is not a dependency of ${own}/package.json`);
    if (name.startsWith('@taffrail/service-')) problems.push(`${at}: nothing imports a service`);
    else if (name.startsWith('@taffrail/') && !isTest(file.path)) {
      const folder = name === '@taffrail/migrations' ? 'migrations' : `libs/${name.slice('@taffrail/'.length)}`;
      const [from, to] = [RANK[own], RANK[folder]];
      if (to === undefined) problems.push(`${at}: unknown package ${name}`);
      else if (folder !== own && from !== undefined && to >= from)
        problems.push(`${at}: ${own} may not import ${folder}: imports point one way`);
    }
  }
  return problems;
}

const folders = ['libs', 'services', 'migrations', 'tools', 'tests', 'bench'].filter((folder) =>
  existsSync(path.join(root, folder)),
);
const files = sourceFiles(root, folders);
const declared = new Map(
  Object.keys(RANK)
    .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
    .map((folder) => {
      const manifest = manifestOf(folder);
      return [folder, new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }))] as const;
    }),
);
const problems = files.flatMap((file) => [
  ...(packageOf(file.path) === '' ? [] : checkAmbient(file)),
  ...checkShape(file),
  ...checkImports(file, declared),
]);
for (const problem of problems) console.error(problem);
console.log(`structure: ${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

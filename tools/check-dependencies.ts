/** Every dependency has a reason in docs/dependencies.md, and every reason a dependency. Exit 1 when one is missing. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const manifests = [
  'package.json',
  ...['libs', 'services'].flatMap((folder) =>
    readdirSync(path.join(root, folder)).map((name) => `${folder}/${name}/package.json`),
  ),
  'migrations/package.json',
].filter((file) => existsSync(path.join(root, file)));

const used = new Set<string>();
const unpinned: string[] = [];
for (const file of manifests) {
  const manifest = JSON.parse(readFileSync(path.join(root, file), 'utf8')) as Record<string, Record<string, string>>;
  for (const section of ['dependencies', 'optionalDependencies', 'devDependencies']) {
    for (const [name, version] of Object.entries(manifest[section] ?? {})) {
      if (name.startsWith('@taffrail/')) continue;
      used.add(name);
      if (!/^\d/.test(version)) unpinned.push(`${file}: ${name} is not pinned (${version})`);
    }
  }
}
const text = readFileSync(path.join(root, 'docs/dependencies.md'), 'utf8');
const documented = new Set([...text.matchAll(/^\| `([^`]+)` *\|/gm)].map((match) => match[1] ?? ''));
const problems = [
  ...unpinned,
  ...[...used]
    .filter((name) => !documented.has(name))
    .map((name) => `docs/dependencies.md gives no reason for ${name}`),
  ...[...documented]
    .filter((name) => !used.has(name))
    .map((name) => `docs/dependencies.md names ${name}, which nothing uses`),
];
for (const problem of problems) console.error(problem);
console.log(`dependencies: ${used.size} in use, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

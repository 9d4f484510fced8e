import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A TypeScript source file of the repository. */
export interface SourceFile {
  /** Path from the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** `text` with comments blanked out, same length. */
  readonly code: string;
  /** `code` with the inside of plain strings blanked out as well. */
  readonly bare: string;
}

const SKIPPED = new Set(['node_modules', 'dist', 'generated', '.git', '.taffrail', 'coverage']);

/** Every .ts file under the given folders, generated ones left out. */
export function sourceFiles(root: string, folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap((folder) => walk(root, folder)).map((file) => read(root, file));
}

function walk(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const child = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return walk(root, child);
    return entry.name.endsWith('.ts') ? [child] : [];
  });
}

function read(root: string, file: string): SourceFile {
  const text = readFileSync(path.join(root, file), 'utf8');
  return { path: file, text, ...blank(text) };
}

const blankOut = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Blanks comments, and in `bare` also plain strings. Template literals and regular expressions are kept as they are. */
export function blank(text: string): { readonly code: string; readonly bare: string } {
  const token = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  const isComment = (found: string): boolean => found.startsWith('/*') || found.startsWith('//');
  return {
    code: text.replace(token, (found) => (isComment(found) ? blankOut(found) : found)),
    bare: text.replace(token, (found) => (found.startsWith('`') ? found : blankOut(found))),
  };
}

/** The line of an offset, counted from 1. */
export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

import type { Kubectl } from './kubectl.ts';

export interface Transcript {
  /** Runs one command after the other and writes down what was asked and what came, with what differs each time left out. */
  (...commands: readonly string[]): Promise<string>;
}

/** What differs from run to run, and what stands there instead. */
const VARYING: readonly (readonly [RegExp, string])[] = [
  [/\b\d+(?:\.\d+)?(?:ms|s)\b/g, '<age>'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, '<uid>'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<time>'],
  [/(kube-api-access)-[a-z0-9]{5}\b/g, '$1-<suffix>'],
  [/("?resourceVersion"?: ?)"\d+"/g, '$1"<revision>"'],
  [/\b10\.\d+\.\d+\.\d+\b/g, '<ip>'],
  [/127\.0\.0\.1:\d+/g, '<server>'],
  [/:3[0-2]\d{3}\//g, ':<node port>/'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000/g, '<time>'],
  [/\/tmp\/(LIVE|MERGED)-\d+/g, '$1'],
  [/ +$/gm, ''],
  // Columns are as wide as what stands in them.
  [/(?<=\S) {2,}/g, '  '],
];

/** Words of a command line: quotes hold words together, and nothing else is special. */
function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|\S)+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  );
}

/**
 * Transcripts of commands written as one types them, without the program's name. `$DIR/` stands for the directory of manifests,
 * and kubectl's editor puts `three` where it finds `two`.
 */
export function transcriptOf(kubectl: Kubectl, directory: string): Transcript {
  return async (...commands) => {
    const lines: string[] = [];
    for (const command of commands) {
      const { code, stdout, stderr } = await kubectl.attempt(wordsOf(command.replaceAll('$DIR', directory)), {
        environment: { KUBE_EDITOR: 'sed -i s/two/three/' },
        timeoutMs: 60_000,
      });
      let said = `${stdout}${stderr}`.trimEnd().replaceAll(directory, '$DIR');
      for (const [pattern, placeholder] of VARYING) said = said.replaceAll(pattern, placeholder);
      lines.push(`$ ${command}`, ...(said === '' ? [] : [said]), ...(code === 0 ? [] : [`exit ${code}`]));
    }
    return lines.join('\n');
  };
}

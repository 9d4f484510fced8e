import { spawnSync } from 'node:child_process';

/** The kubectl on this machine, and whether it is one whose words are known. */
export interface KubectlTool {
  readonly version: string;
  /** Transcripts are those of this minor version or a later one. */
  readonly isKnown: boolean;
}

/** What the transcripts were taken with. */
const KNOWN_MINOR = 32;

/** Looks for kubectl and says loudly when what needs it will not run. */
export function findKubectl(): KubectlTool {
  const { status, stdout } = spawnSync('kubectl', ['version', '--client', '-o', 'json'], { encoding: 'utf8' });
  if (status !== 0) {
    console.warn('NOT RUN: there is no kubectl on this machine, and what it says is not compared');
    return { version: 'none', isKnown: false };
  }
  const { clientVersion } = JSON.parse(stdout) as {
    readonly clientVersion: { readonly gitVersion: string; readonly minor: string };
  };
  const isKnown = Number.parseInt(clientVersion.minor, 10) >= KNOWN_MINOR;
  const version = clientVersion.gitVersion;
  if (isKnown) console.info(`kubectl ${version}`);
  else
    console.warn(`NOT RUN: transcripts are those of kubectl v1.${KNOWN_MINOR} and later, and this one is ${version}`);
  return { version, isKnown };
}

/** The Kubernetes level this server answers at; clients compare themselves with it. */
const MAJOR = '1';
const MINOR = '36';
const TAFFRAIL_VERSION = '0.1.0';

/** The answer of `/version`. */
export const VERSION = Object.freeze({
  major: MAJOR,
  minor: MINOR,
  emulationMajor: MAJOR,
  emulationMinor: MINOR,
  minCompatibilityMajor: MAJOR,
  minCompatibilityMinor: MINOR,
  gitVersion: `v${MAJOR}.${MINOR}.0+taffrail-${TAFFRAIL_VERSION}`,
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'node',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
});

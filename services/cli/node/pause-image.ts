import { OperatingError } from '@taffrail/platform/failure';
import { ociArchive } from '../image/oci-archive.ts';
import { pauseExecutable, pauseProgram } from './pause-program.ts';

/** What containerd is told to use for sandboxes. The name belongs to no registry, so it is never looked for in one. */
export const PAUSE_IMAGE = 'taffrail.local/pause:1';

/** The sandbox image for an architecture, as an archive to import. Throws `missing-dependency` where we have none. */
export async function pauseImage(architecture: string): Promise<Buffer> {
  const program = pauseProgram(architecture);
  if (program === undefined) {
    throw new OperatingError(
      'missing-dependency',
      `there is no sandbox image for ${architecture}; use --runtime simulated`,
    );
  }
  return ociArchive([
    {
      name: PAUSE_IMAGE,
      architecture,
      entries: [{ name: 'pause', content: pauseExecutable(program) }],
      config: { Entrypoint: ['/pause'], User: '65535:65535' },
    },
  ]);
}

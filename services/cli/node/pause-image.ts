import { OperatingError } from '@taffrail/platform/failure';
import { ociArchive } from '../image/oci-archive.ts';
import { PAUSE_IMAGE, pauseExecutable, pauseProgram } from './pause-program.ts';

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

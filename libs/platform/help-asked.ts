/** Whether a command line only asks what it may hold. */
export function isHelpAsked(args: readonly string[]): boolean {
  return args.includes('--help') || args.includes('-h');
}

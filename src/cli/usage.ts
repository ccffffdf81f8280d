/** The command was used incorrectly. The process ends with status 2. */
export class UsageError extends Error {}

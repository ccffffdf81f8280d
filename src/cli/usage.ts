/** The command was given what it cannot work with; the process ends with status 2. */
export class UsageError extends Error {}

/** The command was used incorrectly. The process ends with status 2. */
export class UsageError extends Error {}

/** What to throw where a file cannot be read. */
export function unreadableFile(file: string, cause: unknown): UsageError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message;
  return new UsageError(`${file}: cannot be read: ${why}`, { cause });
}

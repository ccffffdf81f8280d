/*
 * Imported by a server that a test starts: ends it when the test's process is gone, however that ended, since the pipe to
 * its standard input then closes.
 */
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
if ('unref' in process.stdin) process.stdin.unref();

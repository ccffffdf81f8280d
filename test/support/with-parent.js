/*
 * Imported by what runs the tests: ends a process of theirs when the one that started it is gone, however that ended. What
 * it started itself is on a leash.
 */
process.on('disconnect', () => process.exit(1));

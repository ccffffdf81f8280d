/** Puts all tests into a zone in which a local time taken for UTC shows: half an hour off, and the day before. */
export default function setZone(): void {
  process.env.TZ = 'America/St_Johns';
}

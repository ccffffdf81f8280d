/** The most that clients may send, and for how long they may do nothing. */
export interface AppLimits {
  /** The most bytes a body may have, after decompression. */
  bodyBytes: number;
  /** The same for the routes of pipelines, whose batches no limit may cost an event. */
  pipelineBodyBytes: number;
  /** How long the client of a stream may neither send nor read anything, in milliseconds. */
  stall?: number;
  /** How long a body, or a line of a stream, may take to arrive, in milliseconds. */
  arrival?: number;
}

/** How long a body, or a line of a stream, may take to arrive where nothing else is said. */
export const ARRIVAL_MS = 60_000;

/** The most that clients may send, and for how long they may do nothing. */
export interface AppLimits {
  /** The most bytes a body may have, after decompression. */
  bodyBytes: number;
  /** The same for the routes of pipelines, whose batches no limit may cost an event. */
  pipelineBodyBytes: number;
  /** How long the client of a stream may neither send nor read anything, in milliseconds. */
  stall?: number;
}

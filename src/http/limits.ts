/** The limits of clients: how much they may send, and how long they may be idle. */
export interface AppLimits {
  /** The maximum size of a body after decompression, in bytes. */
  bodyBytes: number;
  /** The same for the pipeline routes. It is high, since a pipeline would lose the batch. */
  pipelineBodyBytes: number;
  /** How long the client of a stream may neither send nor read, in milliseconds. */
  stall?: number;
  /** How long a body, or a line of a stream, may take to arrive, in milliseconds. */
  arrival?: number;
}

/** The default time for a body, or a line of a stream, to arrive. */
export const ARRIVAL_MS = 60_000;

/** Chunks below this size are copied together, since each buffer costs about 200 bytes besides its content. */
const SMALL_BYTES = 1_024;

/** The size of the buffers that they are copied into. */
const BLOCK_BYTES = 16_384;

const NOTHING = Buffer.alloc(0);

/** Bytes that arrive in chunks of any size, kept in few buffers. */
export class Gathered {
  readonly #parts: Buffer[] = [];
  #block = NOTHING;
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    // Usually the first chunk is the only one.
    if (chunk.length >= SMALL_BYTES || this.#parts.length === 0) {
      this.#seal();
      this.#parts.push(chunk);
      return;
    }
    if (this.#used + chunk.length > this.#block.length) {
      this.#seal();
      this.#block = Buffer.allocUnsafe(BLOCK_BYTES);
    }
    this.#used += chunk.copy(this.#block, this.#used);
  }

  /** All bytes in order. */
  concat(): Buffer {
    this.#seal();
    return this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts, this.#length);
  }

  #seal(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = this.#block.subarray(this.#used);
    this.#used = 0;
  }
}

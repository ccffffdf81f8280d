import type { Registry } from '../../core/registry.ts';
import type { VendorCalls } from '../../core/settle.ts';
import type { Transformer } from '../../core/transform.ts';
import type { TakeEvent } from '../capture.ts';
import type { Load } from '../load.ts';
import type { Outcomes } from '../outcomes.ts';

/** What the routes of one application share. */
export interface Shared {
  registry: Registry;
  transformer: Transformer;
  /** Calls vendors, if the service runs dialogues itself. */
  calls: VendorCalls | undefined;
  version: string;
  /** Identifies the code. */
  release: string;
  outcomes: Outcomes;
  /** Captures events. Absent if nothing does. */
  take: TakeEvent | undefined;
  load: Load | undefined;
  now: () => Date;
}

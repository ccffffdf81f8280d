import type { Description } from '../../contract/descriptions.ts';
import { bindConfig } from '../../core/bind.ts';
import { type Destination, isRejecting } from '../../core/definition.ts';
import { type Hidden, replaceHidden, type Schema, standIn } from '../../core/secrets.ts';
import type { Target } from '../../core/transform.ts';

/** A destination for a comparison. */
export interface Veiled {
  target: Target;
  /** Whether the target still has its secrets, since some of them cannot be replaced. */
  hasSecrets: boolean;
}

/**
 * A destination whose secrets are replaced, as in `***apiKey`. Then neither build gets them, and no request shows them in
 * any encoding. A secret that is itself read, such as a connection string, stays.
 * @param descriptions what each build says of the destination; both know which fields are secret
 */
export function veil(
  target: Target,
  destination: Destination | undefined,
  descriptions: readonly (Description | undefined)[],
): Veiled {
  const replaced = (part: 'config' | 'delivery') =>
    descriptions.reduce<unknown>((value, description) => {
      const schema = description?.[part] as Schema | undefined;
      return schema === undefined || value === undefined ? value : replaceHidden(schema, value, replace);
    }, target[part]);
  const veiled: Target = { ...target, config: replaced('config'), delivery: replaced('delivery') };
  const isBound = ({ config, delivery }: Target) =>
    destination === undefined || isRejecting(destination) || !('outcome' in bindConfig(destination, config, delivery));
  return isBound(target) && !isBound(veiled) ? { target, hasSecrets: true } : { target: veiled, hasSecrets: false };
}

/** What only one build knows may be a field of the other one. It reaches no request of a build that does not know it. */
function replace({ value, path, isMarked, prefix }: Hidden): unknown {
  return isMarked ? standIn(String(value), prefix, `***${path.join('.')}`) : value;
}

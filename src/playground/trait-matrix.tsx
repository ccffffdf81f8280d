import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { Description } from '../contract/descriptions.ts';
import { matching } from './search.tsx';
import { describeAll, descriptions, destinations } from './state.ts';
import { fieldsOf, traitNames } from './trait-fields.ts';

/** Which field of which vendor each reserved trait feeds. */
export function TraitMatrix({ typed }: { typed: string }) {
  const isLoading = useSignal(true);
  useEffect(() => {
    if (destinations.value.length > 0) void describeAll().then(() => (isLoading.value = false));
  }, [destinations.value]);
  const found = matching(destinations.value, typed).filter(({ accepts }) => accepts.traits);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Reserved traits and vendor fields" aria-busy={isLoading}>
      <table class="matrix">
        <thead>
          <tr>
            <th scope="col">Destination</th>
            {traitNames.map((name) => (
              <th key={name} scope="col">
                <code>{name}</code>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.map(({ name, title }) => (
            <tr key={name}>
              <th scope="row">
                <a href={`#catalog/${name}`}>{title}</a>
              </th>
              {traitNames.map((trait) => (
                <Cell key={trait} trait={trait} description={descriptions.value.get(name)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** At most so many fields are named; the destination's page has all. */
const SHOWN = 3;

/** The fields of its own, or else one of those that it shares with all traits. */
function Cell({ trait, description }: { trait: string; description: Description | undefined }) {
  const { own, shared } = description === undefined ? { own: [], shared: [] } : fieldsOf(description, trait);
  const [first] = shared;
  return (
    <td>
      {own.slice(0, SHOWN).map((field) => (
        <code key={field}>{field}</code>
      ))}
      {own.length > SHOWN && <span class="no">and {own.length - SHOWN} more</span>}
      {own.length === 0 && first !== undefined && <code class="shared">{first}</code>}
    </td>
  );
}

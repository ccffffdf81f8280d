import { signal } from '@preact/signals';

import type { Summary } from '../contract/descriptions.ts';
import { DestinationPage } from './destination-page.tsx';
import { matching } from './search.tsx';
import { destinations } from './state.ts';
import { TraitMatrix } from './trait-matrix.tsx';

/** What is left of the list. */
const typed = signal('');
const kind = signal<'all' | 'groups' | 'none'>('all');

const kinds = { all: 'All', groups: 'Take groups', none: 'Take none' } as const;

const isOf = ({ accepts }: Summary, wanted: keyof typeof kinds) =>
  wanted === 'all' || accepts.group === (wanted === 'groups');

interface CatalogProps {
  /** The destination that is looked at; undefined for all of them. */
  name: string | undefined;
  /** Whether all of them are looked at by their traits. */
  isMatrix: boolean;
}

/** Every destination, and what it accepts. */
export function Catalog({ name, isMatrix }: CatalogProps) {
  if (name !== undefined) return <DestinationPage key={name} name={name} />;
  return (
    <div class="catalog">
      <div class="bar">
        <nav aria-label="Catalog">
          <a href="#catalog" aria-current={isMatrix ? undefined : 'page'}>
            Destinations
          </a>
          <a href="#traits" aria-current={isMatrix ? 'page' : undefined}>
            Traits
          </a>
        </nav>
        <input
          type="search"
          aria-label="Filter destinations"
          placeholder="Filter by name"
          value={typed.value}
          onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
        />
        {!isMatrix && <Kinds />}
      </div>
      {isMatrix ? <TraitMatrix typed={typed.value} /> : <List />}
    </div>
  );
}

function Kinds() {
  return (
    <div class="choice" role="group" aria-label="Which destinations">
      {(Object.keys(kinds) as (keyof typeof kinds)[]).map((one) => (
        <button key={one} type="button" aria-pressed={kind.value === one} onClick={() => (kind.value = one)}>
          {kinds[one]} <small>{destinations.value.filter((destination) => isOf(destination, one)).length}</small>
        </button>
      ))}
    </div>
  );
}

function List() {
  const found = matching(destinations.value, typed.value).filter((one) => isOf(one, kind.value));
  if (found.length === 0) return <p class="nothing">No destination has this name.</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Destinations">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Destination</th>
            <th scope="col">Group</th>
            <th scope="col">Group id</th>
            <th scope="col">Traits</th>
            <th scope="col">Remarks</th>
          </tr>
        </thead>
        <tbody>
          {found.map((one) => (
            <tr key={one.name}>
              <th scope="row">
                <a href={`#catalog/${one.name}`}>{one.title}</a>
              </th>
              <Accepted isSo={one.accepts.group} />
              <Accepted isSo={one.accepts.groupId} />
              <Accepted isSo={one.accepts.traits} />
              <td class="remark">{one.reason ?? <code>{one.name}</code>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Accepted({ isSo }: { isSo: boolean }) {
  return <td class={isSo ? 'yes' : 'no'}>{isSo ? 'yes' : 'no'}</td>;
}

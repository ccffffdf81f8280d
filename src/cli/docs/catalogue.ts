import _ from 'lodash';
import { hasDialogue, mayBatch, isRejecting, type Destination } from '../../core/definition.ts';
import { boundExamples, describe } from '../../core/describe.ts';
import { addressParts, reservedTraits } from '../../core/traits.ts';
import { code, codes, page, table } from './page.ts';

/** The index of all destinations, with what each does with each reserved trait. */
export function renderCatalogue(destinations: readonly Destination[]): string {
  const [rejecting, sending] = _.partition(destinations, isRejecting);
  return page(
    'Destinations',
    `${String(sending.length)} destinations are sent requests, and ${String(rejecting.length)} take no groups, which is said of each.`,
    `## What each takes\n\n${capabilities(sending)}`,
    `## Where each reserved trait goes

The fields of the vendor that [a reserved trait](../events.md#reserved-traits) reaches in any mode of a destination; where all traits
are passed on, it is the object that holds them, or \`*\` where that has fields of its own or is the whole body.

${matrix(sending)}`,
    `## Those that take no groups

Their events are dropped with \`GROUP_NOT_SUPPORTED\` and this message.

${table(
  ['Destination', 'Also', 'Why'],
  rejecting.map(({ title, docs, name, aliases, reason }) => [`[${title}](${docs})`, codes([name, ...aliases]), reason]),
)}`,
  );
}

type Sending = Exclude<Destination, { reason: string }>;

const link = ({ name, title }: Destination) => `[${title}](${name}.md)`;
const mark = (holds: boolean) => (holds ? 'yes' : '–');

function capabilities(destinations: readonly Sending[]): string {
  const rows = destinations.map((destination) => {
    const { name, aliases, accepts, delivery } = describe(destination);
    const compiled = _.map(boundExamples(destination), 'compiled');
    return [
      link(destination),
      codes([name, ...aliases]),
      mark(accepts.groupId),
      mark(accepts.traits),
      mark(compiled.some(mayBatch)),
      mark(compiled.some(hasDialogue)),
      mark(delivery !== undefined),
    ];
  });
  return table(
    ['Destination', 'Known as', 'Group’s id', 'Traits', 'Batches', 'Must be asked', 'Comes with a token'],
    rows,
  );
}

function matrix(destinations: readonly Sending[]): string {
  const names = [...Object.keys(reservedTraits), ...Object.keys(addressParts).map((part) => `address.${part}`)];
  const rows = destinations.map((destination) => {
    const { traits = {} } = describe(destination);
    return [link(destination), ...names.map((name) => codes(_.uniq((traits[name] ?? []).map(shorten))))];
  });
  return table(['Destination', ...names.map(code)], rows);
}

/** The name of a field within what a vendor is sent. */
function shorten(to: string): string {
  const field = to.replace(/^requests\[\d+\]\./, '').replace(/^body\.(json|form)\.?/, '');
  return field === '' ? '*' : field;
}

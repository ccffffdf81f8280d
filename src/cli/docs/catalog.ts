import _ from 'lodash';

import { type Destination, hasDialogue, isRejecting, mayBatch } from '../../core/definition.ts';
import { boundExamples, describe } from '../../core/describe.ts';
import { addressParts, reservedTraits } from '../../core/traits.ts';
import { code, codes, page, table } from './page.ts';

/** The index of all destinations, and what each does with each reserved trait. */
export function renderCatalog(destinations: readonly Destination[]): string {
  const [rejecting, sending] = _.partition(destinations, isRejecting);
  return page(
    'Destinations',
    `${String(sending.length)} destinations receive requests. ${String(rejecting.length)} take no groups; the answer says why.`,
    `## What each accepts\n\n${capabilities(sending)}`,
    `## Where each reserved trait goes

These are the vendor’s fields that [a reserved trait](../events.md#reserved-traits) reaches in any mode of a destination. If a
destination passes on all traits, the table names the object that holds them, or \`*\` if that object has other fields too or is the
whole body.

${matrix(sending)}`,
    `## Destinations that take no groups

Their events are dropped with the code \`GROUP_NOT_SUPPORTED\` and this message:

${table(
  ['Destination', 'Names', 'Reason'],
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
  return table(['Destination', 'Names', 'Group’s id', 'Traits', 'Batches', 'Asks first', 'Delivery token'], rows);
}

function matrix(destinations: readonly Sending[]): string {
  const names = [...Object.keys(reservedTraits), ...Object.keys(addressParts).map((part) => `address.${part}`)];
  const rows = destinations.map((destination) => {
    const { traits = {} } = describe(destination);
    return [link(destination), ...names.map((name) => codes(_.uniq((traits[name] ?? []).map(shorten))))];
  });
  return table(['Destination', ...names.map(code)], rows);
}

/** The name of a field within the body, without the path that leads to the body. */
function shorten(to: string): string {
  const field = to.replace(/^requests\[\d+\]\./, '').replace(/^body\.(json|form)\.?/, '');
  return field === '' ? '*' : field;
}

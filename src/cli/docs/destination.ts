import _ from 'lodash';

import type { BatchOutline, Description, RequestOutline, RuleOutline } from '../../contract/descriptions.ts';
import type { LineageRow } from '../../contract/lineage.ts';
import type { SendingDestination } from '../../core/definition.ts';
import { describe } from '../../core/describe.ts';
import { passesOn } from '../../core/lineage.ts';
import { addressParts, reservedTraits } from '../../core/traits.ts';
import type { Transformer } from '../../core/transform.ts';
import { type Exchange, type Expectation, type Fixture, runFixture } from '../../verify/fixture.ts';
import { converters } from './events.ts';
import { code, codes, json, page, table } from './page.ts';
import { schemaTable } from './schema.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/** What a page needs to know about a destination that receives requests. */
type Sending = Description & Required<Pick<Description, 'lineage' | 'requests' | 'rules' | 'hosts'>>;

/**
 * The page of one destination.
 * @param full the fixture that serves as the example
 * @param notes the author's notes on setting it up; empty if there are none
 */
export async function renderDestination(
  destination: SendingDestination,
  full: Fixture,
  notes: string,
  transformer: Transformer,
): Promise<string> {
  const description = describe(destination) as Sending;
  const { name, title, delivery } = description;
  const modes = Object.entries(destination.examples);
  return page(
    title,
    overview(description),
    notes.trim(),
    `## Config\n\n${schemaTable(description.config)}`,
    delivery === undefined
      ? ''
      : `## Delivery\n\nEach call carries these as \`delivery\`, beside the config.\n\n${schemaTable(delivery)}`,
    traitTable(description),
    requestsIntroduction(modes.length),
    ...modes.map(([mode, config]) => renderMode(description, mode, modes.length > 1, config)),
    renderExample(name, full, await runFixture(transformer, full)),
  );
}

function overview({ name, title, docs, aliases, accepts, hosts, rejectsPipelines }: Sending): string {
  const taken = [accepts.groupId && 'the group’s id', accepts.traits && 'its traits'].filter(isText);
  const where = 'fromConfig' in hosts ? `the host of the config’s ${code(hosts.fromConfig)}` : codes(hosts);
  const known = 'fromConfig' in hosts && hosts.known !== undefined ? `, usually ${codes(hosts.known)}` : '';
  return [
    `See [the vendor’s documentation](${docs}) of the call. Names and aliases: ${codes([name, title, ...aliases])}.`,
    `It accepts ${taken.join(' and ') || 'neither the group’s id nor its traits'}. Requests go to ${where}${known}.`,
    rejectsPipelines && `Only the native API sends to it. Pipelines get a 298: “${rejectsPipelines}”.`,
    `[The fixtures](../../fixtures/${name}) show every case: what is sent, dropped and failed.`,
  ]
    .filter(isText)
    .join('\n');
}

/** Where each reserved trait goes, each other trait that the destination knows, and all the rest. */
function traitTable({ lineage }: Sending): string {
  const rows = Object.values(lineage)
    .flat()
    .filter(({ to, isCondition, answer }) => isCondition !== true && answer === undefined && FIELD_OF_REQUEST.test(to));
  const read = rows.flatMap(({ from }) => from).filter((source) => /^traits\.[^*]/.test(source));
  const names = _.union(
    traitNames,
    read.map((source) => source.replace('traits.', '')),
  ).filter((name) => name !== 'address');
  const fieldsOf = (name: string) => {
    const [key = ''] = name.split('.');
    const passing = rows.filter((row) => row.from.includes('event.*') || passesOn(row, 'traits', key));
    const own = rows.filter(({ from }) => from.includes(`traits.${name}`) || from.includes(`traits.${key}`));
    return codes(_.uniq([...own, ...passing].map(({ to }) => to.replace(FIELD_OF_REQUEST, ''))));
  };
  // No trait has an empty name, so this one only reaches the fields that take any trait.
  const others = fieldsOf('');
  const [like, unlike] = _.partition(names, (name) => fieldsOf(name) === others);
  const together = Object.entries(_.groupBy(unlike, fieldsOf));
  return `## Where traits go

These are the fields that the group’s traits reach in any mode. \`*\` stands for keys that the event decides.

${table(
  ['Traits', 'Fields'],
  [...together.map(([fields, group]) => [codes(group), fields]), [[...like.map(code), 'any other'].join(', '), others]],
)}`;
}

/** The reserved traits, with the parts of an address instead of the whole. */
const traitNames = [...Object.keys(reservedTraits), ...Object.keys(addressParts).map((part) => `address.${part}`)];

/** The start of a request field's path in lineage. */
const FIELD_OF_REQUEST = /^requests\[\d+\]\./;

function requestsIntroduction(modes: number): string {
  return `## Requests

${modes > 1 ? 'The requests depend on the config. This page shows one config of each kind. ' : ''}A field is read from
[fields of the event](../events.md#fields), usually from the first one present, and passes through
[converters](../events.md#conversions). A field without a value is left out. A value in quotation marks is a constant of the
definition or of the config shown.`;
}

function renderMode(description: Sending, mode: string, isNamed: boolean, config: unknown): string {
  const { requests, rules, lineage } = description;
  const blocks = [
    isNamed ? `### ${_.upperFirst(mode)}` : '',
    `With the config ${code(config)}:`,
    ruleList(rules[mode] ?? []),
    ...(requests[mode] ?? []).map((request, place) =>
      renderRequest(request, `requests[${String(place)}]`, isNamed ? '####' : '###', lineage[mode] ?? []),
    ),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

const ruleEffects = {
  need: 'The event must have',
  refuse: 'The event may be refused for',
  warn: 'Possible warnings',
};

function ruleList(rules: readonly RuleOutline[]): string {
  return rules
    .map(({ effect, from, message }) => {
      const reason = message === undefined ? '' : `: “${message}”`;
      return `- ${ruleEffects[effect]} ${codes(from)}${reason}`;
    })
    .join('\n');
}

function renderRequest(request: RequestOutline, root: string, level: string, lineage: readonly LineageRow[]): string {
  const { method, url, step } = request;
  const rows = lineage.filter(({ to }) => to === root || to.startsWith(`${root}.`));
  const heading = step === undefined ? '' : `${code(step.name)}: `;
  // The part of the heading's URL that is always the same.
  const isInHeading = (row: LineageRow) => row.to === `${root}.url` && 'value' in row;
  const fields = rows.filter((row) => row.isCondition !== true && row.to.startsWith(`${root}.`) && !isInHeading(row));
  return [
    `${level} ${heading}${code(method === undefined ? 'a request' : `${method} ${url ?? ''}`)}`,
    notes(
      request,
      rows.filter(({ to, isCondition }) => to === root && isCondition === true),
    ),
    fieldTable(root, fields, rows),
  ]
    .filter((block) => block !== '')
    .join('\n\n');
}

const stepEffects = {
  read: 'A [dialogue](../dialogues.md) step that changes nothing.',
  write: 'A [dialogue](../dialogues.md) step that changes the event’s own record.',
  ensure: 'A [dialogue](../dialogues.md) step that creates a record that all events share.',
};

function notes({ step, isRepeated, batch, maxBytes, auth }: RequestOutline, conditions: readonly LineageRow[]): string {
  const decisive = _.uniq(conditions.flatMap(({ from }) => from));
  return [
    step && stepEffects[step.effect],
    isRepeated && 'One request for each element of a list.',
    decisive.length > 0 && `Whether it is sent depends on ${codes(decisive)}.`,
    batch && batchNote(batch),
    maxBytes && `The event fails if its part of the request is larger than ${String(maxBytes)} bytes.`,
    auth && `The sender must apply \`auth\` of type ${code(auth)}.`,
  ]
    .filter(isText)
    .join(' ');
}

function batchNote({ at, items, bytes, isOther, uniqueBy }: BatchOutline): string {
  const limits = [Number.isFinite(items) && `${String(items)} elements`, `${String(bytes)} bytes`].filter(isText);
  const distinct = uniqueBy === undefined ? '' : `; no two elements may have the same ${code(uniqueBy)}`;
  const merged = isOther === true ? 'In a batch, it becomes another request and' : 'It';
  return `${merged} merges with the requests of other events. Its elements go into ${code(at)}: at most ${limits.join(' and ')}${distinct}.`;
}

function fieldTable(root: string, fields: readonly LineageRow[], all: readonly LineageRow[]): string {
  const conditionsOf = ({ to }: LineageRow) =>
    _.uniq(all.flatMap((row) => (row.isCondition === true && row.to !== root && row.to === to ? row.from : [])));
  const rows = _.uniqWith(fields, (a, b) => _.isEqual(a, b)).map((row) => {
    const conditions = conditionsOf(row);
    // What is left out of the event on its way to an answer still counts in the answer.
    const isOfEvent = row.answer === undefined;
    const remarks = [
      row.isRequired && 'required',
      isOfEvent && row.except && `without ${codes(row.except)}`,
      isOfEvent && row.only && (row.only.length === 0 ? 'the fields that the config names' : `only ${codes(row.only)}`),
      conditions.length > 0 && `depends on ${codes(conditions)}`,
    ];
    const field = row.to.slice(root.length + 1);
    return [code(field), sourceOf(row), row.via.map(converterLink).join(', '), remarks.filter(isText).join('; ')];
  });
  return rows.length === 0 ? '' : table(['Field', 'From', 'Through', 'Remarks'], rows);
}

function sourceOf({ from, value, answer }: LineageRow): string {
  if (answer !== undefined) return `the answer ${code(answer)}`;
  return from.length > 0 ? codes(from) : code(JSON.stringify(value));
}

const known = new Set(converters.map(({ name }) => name));

function converterLink(name: string): string {
  return known.has(name) ? `[${name}](../events.md#conversions)` : name;
}

function renderExample(name: string, { event, config, delivery }: Fixture, expectation: Expectation): string {
  const { dialogue = [], ...outcome } = expectation;
  const given = { config, ...(delivery && { delivery }) };
  return [
    `## Example\n\nThis example is [a fixture](../../fixtures/${name}/full.json) that the tests run. The config is:`,
    json(given),
    `<details><summary>The event</summary>\n\n${json(event)}\n\n</details>`,
    ...dialogue.map(renderExchange),
    'send' in outcome ? 'The requests to send are:' : 'The outcome is:',
    json('send' in outcome ? outcome.send : outcome),
    ...(outcome.warnings === undefined ? [] : ['The warnings are:', json(outcome.warnings)]),
  ].join('\n\n');
}

function renderExchange({ ask, answer }: Exchange): string {
  return `The service asks the vendor:\n\n${json(ask)}\n\nThe vendor answers:\n\n${json(answer)}`;
}

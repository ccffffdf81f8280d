import _ from 'lodash';

import type { Description } from '../../contract/descriptions.ts';
import type { JsonObject } from '../../core/json.ts';
import { type Change, changesBetween, type Fixture } from '../fixture.ts';
import { type Finding, schemaFindings } from './schema.ts';
import type { Service } from './service.ts';

/** A revision: its code, as a service, and its fixtures. */
export interface Side {
  service: Service;
  fixtures: readonly Fixture[];
}

/**
 * Which revision has a case. An edited input is two cases: before and after. Expectations and the vendor's questions
 * are not input.
 */
export type Kind = 'kept' | 'new' | 'removed' | 'before edit' | 'after edit';

/** The results of one input with the code of both revisions. */
export interface CaseReport {
  name: string;
  kind: Kind;
  /** The differences between the outcomes; empty if there are none. */
  changes: readonly Change[];
}

export interface DestinationReport {
  name: string;
  findings: readonly Finding[];
  /** Empty for a destination that one of the revisions does not have. */
  cases: readonly CaseReport[];
}

/**
 * Runs the cases of both revisions with the code of both.
 * @param names the destinations to compare; defaults to all
 * @returns every compared destination, by name
 * @throws {Error} if neither revision has one of the names
 */
export async function compare(before: Side, after: Side, names: readonly string[]): Promise<DestinationReport[]> {
  const cases = _.groupBy(unite(before.fixtures, after.fixtures), ({ fixture }) => fixture.destination);
  const all = _.union(await before.service.names(), await after.service.names(), Object.keys(cases)).sort();
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`no destination is named "${unknown}"`);

  const reports: DestinationReport[] = [];
  for (const name of names.length === 0 ? all : _.uniq(names)) {
    const [was, is] = await Promise.all([before.service.describe(name), after.service.describe(name)]);
    const findings = findingsOf(was, is);
    const shared = was === undefined || is === undefined ? [] : (cases[name] ?? []);
    const run = async ({ fixture, kind }: Case): Promise<CaseReport> => {
      const [from, to] = await Promise.all([before.service.run(fixture), after.service.run(fixture)]);
      return { name: fixture.name, kind, changes: changesBetween(from, to) };
    };
    reports.push({ name, findings, cases: await Promise.all(shared.map(run)) });
  }
  return reports;
}

interface Case {
  fixture: Fixture;
  kind: Kind;
}

/** The cases of both revisions, by name. */
export function unite(before: readonly Fixture[], after: readonly Fixture[]): Case[] {
  const [from, to] = [before, after].map((fixtures) =>
    _.keyBy(fixtures, ({ destination, name }) => `${destination}/${name}`),
  );
  return _.union(Object.keys(from ?? {}), Object.keys(to ?? {}))
    .sort()
    .flatMap((key): Case[] => {
      const [was, is] = [from?.[key], to?.[key]];
      if (was === undefined) return is === undefined ? [] : [{ fixture: is, kind: 'new' }];
      if (is === undefined) return [{ fixture: was, kind: 'removed' }];
      if (_.isEqual(inputOf(was), inputOf(is))) return [{ fixture: is, kind: 'kept' }];
      return [
        { fixture: was, kind: 'before edit' },
        { fixture: is, kind: 'after edit' },
      ];
    });
}

const inputOf = (fixture: Fixture) => _.pick(fixture, ['event', 'config', 'delivery', 'now', 'answers']);

/** The differences between the destinations of one name in two revisions. */
export function findingsOf(was: Description | undefined, is: Description | undefined): Finding[] {
  if (was === undefined) return is === undefined ? [] : [{ text: 'new destination', isBreaking: false }];
  if (is === undefined) return [{ text: 'removed destination', isBreaking: true }];
  const lost = _.differenceBy(namesOf(was), namesOf(is), (name) => name.toLowerCase());
  return [
    ...lost.map((name) => ({ text: `no longer has the name ${JSON.stringify(name)}`, isBreaking: true })),
    ...acceptanceFindings(was, is),
  ];
}

const namesOf = ({ name, title, aliases }: Description) => [name, title, ...aliases];

function acceptanceFindings(was: Description, is: Description): Finding[] {
  const accepts = is.accepts.group;
  if (was.accepts.group !== accepts) {
    return [{ text: accepts ? 'now takes groups' : 'no longer takes groups', isBreaking: !accepts }];
  }
  return (['config', 'delivery'] as const).flatMap((part) => {
    const [before, after] = [was, is].map((description) => (description[part] ?? { type: 'object' }) as JsonObject);
    return schemaFindings(part, before ?? {}, after ?? {});
  });
}

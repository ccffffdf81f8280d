import _ from 'lodash';

import { toLine } from '../fixture.ts';
import type { CaseReport, DestinationReport, Kind } from './compare.ts';

/** The differences between a revision and the working tree. */
export interface Report {
  /** The other revision, as its reader knows it. */
  against: string;
  /** Every compared destination. */
  destinations: readonly DestinationReport[];
}

/** The destinations with something to report. */
export function changedDestinations({ destinations }: Report): DestinationReport[] {
  return destinations.filter(({ findings, cases }) => findings.length > 0 || cases.some(isTold));
}

/** An edited input that both revisions treat alike is not worth reporting. */
const isTold = ({ kind, changes }: CaseReport) => changes.length > 0 || kind === 'new' || kind === 'removed';

/** Whether a request differs, or something that was valid may become invalid. */
export function isDifferent({ destinations }: Report): boolean {
  return destinations.some(
    ({ findings, cases }) =>
      findings.some(({ isBreaking }) => isBreaking) || cases.some(({ changes }) => changes.length > 0),
  );
}

/** The label of each kind of case. A case that both revisions have needs none. */
const labels: Record<Kind, string> = {
  kept: '',
  new: ' (new case)',
  removed: ' (removed case)',
  'before edit': ' (case before its edit)',
  'after edit': ' (case after its edit)',
};

export const titleOf = ({ name, kind }: CaseReport) => name + labels[kind];

/** The new and the removed cases with equal results in both revisions, in words. */
export function quietCases({ cases }: DestinationReport): string[] {
  const quiet = cases.filter(({ changes }) => changes.length === 0);
  return (['new', 'removed'] as const).flatMap((kind) => {
    const names = quiet.filter((candidate) => candidate.kind === kind).map(({ name }) => name);
    return names.length === 0 ? [] : [`${kind}, with the same outcome in both: ${names.join(', ')}`];
  });
}

export function summaryOf({ against, destinations }: Report): string {
  const findings = destinations.flatMap((destination) => destination.findings);
  const cases = destinations.flatMap((destination) => destination.cases);
  const count = (kind: Kind) => cases.filter((candidate) => candidate.kind === kind).length;
  return [
    `${String(cases.length)} cases against ${against}`,
    `${String(_.sumBy(cases, ({ changes }) => Number(changes.length > 0)))} changed`,
    `${String(count('new'))} new`,
    `${String(count('removed'))} removed`,
    `${String(findings.filter(({ isBreaking }) => isBreaking).length)} breaking`,
  ].join(', ');
}

/** The report as text for a terminal. */
export function renderText(report: Report): string {
  return [...changedDestinations(report).map(renderDestination), summaryOf(report)].join('\n\n');
}

function renderDestination(destination: DestinationReport): string {
  const { name, findings, cases } = destination;
  return [
    name,
    ...findings.map(({ text, isBreaking }) => `  ${isBreaking ? 'BREAKING: ' : ''}${text}`),
    ...cases
      .filter(({ changes }) => changes.length > 0)
      .flatMap((changed) => [`  ${titleOf(changed)}`, ...changed.changes.map((change) => `    ${toLine(change)}`)]),
    ...quietCases(destination).map((line) => `  ${line}`),
  ].join('\n');
}

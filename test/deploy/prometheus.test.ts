import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { collectDefaultMetrics } from 'prom-client';
import { parse } from 'yaml';

import { Load } from '../../src/http/load.ts';
import { Metrics } from '../../src/http/metrics.ts';
import { projectFolder, registry } from '../support/project.ts';

/* What watches over the service asks for metrics and labels that the service has. */

const read = (name: string) => readFile(path.join(projectFolder, 'deploy', name), 'utf8');

const load = new Load({ inFlightBytes: 1, eventLoopDelay: 1, heapPercent: 1 });
const metrics = new Metrics({ registry, version: '1.2.3', load });
collectDefaultMetrics({ register: metrics.registry });
const described = metrics.registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
const namesOf = (name: string) => [name, ...['bucket', 'count', 'sum'].map((part) => `${name}_${part}`)];
/** The labels of each series, by its name. */
const labels = new Map<string, string[]>([
  ['up', []],
  ...described.flatMap(({ name, labelNames }) => namesOf(name).map((one) => [one, labelNames] as const)),
]);

/** What Prometheus itself puts on a series, and what a histogram has. */
const ALWAYS = ['job', 'instance', 'le'];

/** What expressions ask for that nobody has. */
function unknowns(expressions: readonly string[]): string[] {
  return expressions.flatMap((expression) => {
    const bare = expression.replaceAll(/"[^"]*"/g, '""').replaceAll(/\[[^\]]*\]/g, '');
    const series = [...bare.matchAll(/\b([a-z][a-z0-9]*_[a-z0-9_]+|up)\b(?!\s*\()(?:\{([^}]*)\})?/g)];
    const known = series.filter(([, name = '']) => name !== 'histogram_quantile');
    const grouped = [...bare.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
    const available = new Set([...ALWAYS, ...known.flatMap(([, name = '']) => labels.get(name) ?? [])]);
    return [
      ...known.map(([, name = '']) => name).filter((name) => !labels.has(name)),
      ...grouped.filter((label) => !available.has(label)),
      ...known.flatMap(([, name = '', selector = '']) =>
        [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)]
          .map(([, label = '']) => label)
          .filter((label) => ![...ALWAYS, ...(labels.get(name) ?? [])].includes(label)),
      ),
    ];
  });
}

interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface Dashboard {
  templating: { list: { name: string; query: string }[] };
  panels: Panel[];
}

const { groups } = parse(await read('prometheus/rules.yaml')) as {
  groups: { rules: { alert: string; expr: string }[] }[];
};
const rules = groups.flatMap((group) => group.rules);
const dashboard = JSON.parse(await read('grafana/dashboard.json')) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

it('sees what nobody has', () => {
  expect(
    unknowns(['sum by (destinaton) (rate(transformer_event_total{cod="x"}[5m]))', 'up{jobs="a"} and on () vector(0)']),
  ).toEqual(['transformer_event_total', 'destinaton', 'cod', 'jobs']);
});

it('the alerts ask for what there is', () => {
  expect(rules.length).toBeGreaterThan(10);
  expect(unknowns(rules.map(({ expr }) => expr))).toEqual([]);
});

it('the dashboard asks for what there is', () => {
  expect(expressions.length).toBeGreaterThan(15);
  expect(unknowns(expressions)).toEqual([]);
  const queries = dashboard.templating.list.map(({ query }) => /^label_values\((\w+), (\w+)\)$/.exec(query));
  const asked = queries.flatMap((found) => (found === null ? [] : [[found[1] ?? '', found[2] ?? ''] as const]));
  expect(asked).toHaveLength(2);
  for (const [name, label] of asked) expect([...ALWAYS, ...(labels.get(name) ?? [])]).toContain(label);
});

it('the dashboard uses the variables that it has, and no others', () => {
  const used = new Set([...JSON.stringify(dashboard.panels).matchAll(/\$\{?(\w+)/g)].map(([, name]) => name));
  used.delete('__rate_interval');
  expect([...used].sort()).toEqual(dashboard.templating.list.map(({ name }) => name).sort());
});

it('the panels of the dashboard have ids of their own, and none covers another', () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${String(x + (cell % w))} ${String(y + Math.floor(cell / w))}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
});

it('every metric of the service is in an alert or on the dashboard', () => {
  const asked = [...rules.map(({ expr }) => expr), ...expressions].join('\n');
  const own = described.map(({ name }) => name).filter((name) => name.startsWith('transformer_'));
  expect(own.length).toBeGreaterThan(5);
  expect(own.filter((name) => !namesOf(name).some((one) => asked.includes(one)))).toEqual([]);
});

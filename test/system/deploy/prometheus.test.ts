import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { IPrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { PrometheusRule } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IService } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments, stringify } from 'yaml';

import { projectFolder } from '../../support/project.ts';
import { programFile } from '../../support/requirements.js';

/*
 * The alerts as Prometheus evaluates them, and the component for its operator as it is applied.
 *
 * @requires promtool, kubectl
 */

const folder = path.join(projectFolder, 'deploy/prometheus');

/** What promtool says of files, and whether it found fault. */
function promtool(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(programFile('promtool') ?? '', args, { cwd: folder, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

let scratch: string;

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'group-transformer-'));
});

afterAll(async () => {
  await rm(scratch, { recursive: true });
});

it('the alerts are valid rules', () => {
  expect(promtool('check', 'rules', 'rules.yaml')).toMatchObject({ status: 0 });
});

it('the alerts fire when they should, and only then', () => {
  expect(promtool('test', 'rules', 'rules.test.yaml')).toMatchObject({ status: 0 });
});

it('every alert is tested, and a test of one that never fires fails', async () => {
  const [rules, tests] = await Promise.all(
    ['rules.yaml', 'rules.test.yaml'].map((name) => readFile(path.join(folder, name), 'utf8')),
  );
  const alerts = [...(rules ?? '').matchAll(/alert: (\w+)/g)].map(([, name = '']) => name);
  expect(alerts.filter((name) => !(tests ?? '').includes(`alertname="${name}"`))).toEqual([]);
  for (const expr of ['vector(0) > 1', 'vector(1)']) {
    const spoilt = (rules ?? '').replaceAll(/expr: (?:>-\n(?: {10}.*\n)+|.*\n)/g, `expr: ${expr}\n`);
    await writeFile(path.join(scratch, 'rules.yaml'), spoilt);
    await writeFile(path.join(scratch, 'rules.test.yaml'), tests ?? '');
    const { status, output } = promtool('test', 'rules', path.join(scratch, 'rules.test.yaml'));
    expect([status, output]).toEqual([1, expect.stringContaining('FAILED')]);
  }
});

it('the expressions of the dashboard are valid', async () => {
  const text = await readFile(path.join(projectFolder, 'deploy/grafana/dashboard.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: { targets?: { expr: string }[] }[] };
  const rules = panels
    .flatMap(({ targets = [] }) => targets)
    .map(({ expr }, index) => ({ record: `panel:${String(index)}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
  expect(rules.length).toBeGreaterThan(15);
  const file = path.join(scratch, 'dashboard.yaml');
  await writeFile(file, stringify({ groups: [{ name: 'dashboard', rules }] }));
  expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
});

interface Manifest {
  kind: string;
  spec: object;
}

describe('the component for the Prometheus Operator', () => {
  let manifests: Manifest[];
  const find = (kind: string): unknown => manifests.find((manifest) => manifest.kind === kind);

  beforeAll(async () => {
    const overlay = path.join(scratch, 'overlay');
    execFileSync('mkdir', [overlay]);
    const relative = (name: string) => path.relative(overlay, path.join(projectFolder, 'deploy', name));
    const kustomization = { resources: [relative('kubernetes')], components: [relative('prometheus')] };
    await writeFile(path.join(overlay, 'kustomization.yaml'), stringify(kustomization));
    const built = execFileSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' });
    manifests = parseAllDocuments(built).map((document) => document.toJS() as Manifest);
  });

  it('satisfies the operator’s schemas', () => {
    const rule = find('PrometheusRule') as IPrometheusRule;
    const monitor = find('ServiceMonitor') as ConstructorParameters<typeof ServiceMonitor>[0];
    expect(() => {
      new PrometheusRule(rule).validate();
      new ServiceMonitor(monitor).validate();
    }).not.toThrow();
    const misspelt = { ...rule, spec: { groups: [{ rules: [] }] } } as unknown as IPrometheusRule;
    expect(() => {
      new PrometheusRule(misspelt).validate();
    }).toThrow(/name/);
  });

  it('has the alerts', async () => {
    const { spec } = find('PrometheusRule') as Manifest;
    expect(spec).toEqual(parse(await readFile(path.join(folder, 'rules.yaml'), 'utf8')));
  });

  it('scrapes the port of the service that has the metrics, once', () => {
    const { spec, metadata } = find('Service') as IService;
    const { spec: monitor } = find('ServiceMonitor') as InstanceType<typeof ServiceMonitor>;
    // The operator takes the name of the service for the job, by which the alerts select.
    expect(metadata?.name).toBe('group-transformer');
    expect(metadata?.labels).toEqual(monitor.selector.matchLabels);
    expect(monitor.endpoints).toEqual([{ port: 'http', path: '/metrics', interval: '30s' }]);
    expect(spec?.ports?.map(({ name }) => name)).toContain('http');
    const deployment = find('Deployment') as IDeployment;
    expect(deployment.spec?.template.metadata).not.toHaveProperty('annotations');
  });
});

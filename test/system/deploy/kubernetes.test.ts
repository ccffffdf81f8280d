import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IHorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IService } from 'kubernetes-models/v1/Service';
import request from 'supertest';
import { parse, parseAllDocuments } from 'yaml';

import { environment } from '../../../src/http/settings.ts';
import { app } from '../../support/api.ts';
import { complaints } from '../../support/complaints.ts';
import { projectFolder } from '../../support/project.ts';

/*
 * The manifests as they are applied.
 *
 * @requires kubectl
 */

const folder = path.join(projectFolder, 'deploy/kubernetes');

interface Manifest {
  apiVersion: string;
  kind: string;
}

const built = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
const manifests = parseAllDocuments(built).map((document) => document.toJS() as Manifest);
const find = (kind: string): unknown => manifests.find((manifest) => manifest.kind === kind);

const deployment = find('Deployment') as IDeployment;
const service = find('Service') as IService;
const pod = deployment.spec?.template;
const [container] = pod?.spec?.containers ?? [];
const valueOf = (name: string) => container?.env?.find((variable) => variable.name === name)?.value;

it('has no file that is left out', async () => {
  const { resources } = parse(await readFile(path.join(folder, 'kustomization.yaml'), 'utf8')) as {
    resources: string[];
  };
  const files = (await readdir(folder)).filter((name) => name !== 'kustomization.yaml');
  expect(files.sort()).toEqual(resources.sort());
});

it.each(manifests.map((manifest) => [manifest.kind, manifest] as const))(
  'the %s satisfies its published schema',
  async (kind, manifest) => {
    const models = (await import(`kubernetes-models/${manifest.apiVersion}`)) as Record<
      string,
      new (data: object) => { validate: () => void }
    >;
    const Model = models[kind];
    expect(Model).toBeDefined();
    expect(() => {
      if (Model) new Model(manifest).validate();
    }).not.toThrow();
  },
);

const typed = ({ apiVersion, kind }: Manifest) => ({ type: `I${kind}`, from: `kubernetes-models/${apiVersion}` });

it('has no field that Kubernetes does not know', () => {
  expect(complaints(manifests.map((value) => ({ ...typed(value), value })))).toEqual([]);
  const misspelt = { ...service, spec: { selectors: {} } };
  expect(complaints([{ ...typed(service), value: misspelt }])).toEqual([expect.stringContaining('selectors')]);
});

it('is about the same pods everywhere', () => {
  const labels = pod?.metadata?.labels;
  const budget = find('PodDisruptionBudget') as IPodDisruptionBudget;
  const policy = find('NetworkPolicy') as INetworkPolicy;
  const spread = pod?.spec?.topologySpreadConstraints?.[0];
  expect(labels).toEqual({ 'app.kubernetes.io/name': 'group-transformer' });
  expect(deployment.spec?.selector.matchLabels).toEqual(labels);
  expect(service.spec?.selector).toEqual(labels);
  expect(budget.spec?.selector?.matchLabels).toEqual(labels);
  expect(policy.spec?.podSelector.matchLabels).toEqual(labels);
  expect(spread?.labelSelector?.matchLabels).toEqual(labels);
  const scaler = find('HorizontalPodAutoscaler') as IHorizontalPodAutoscaler;
  expect(scaler.spec?.scaleTargetRef).toEqual({
    apiVersion: deployment.apiVersion,
    kind: deployment.kind,
    name: deployment.metadata?.name,
  });
  expect(deployment.spec).not.toHaveProperty('replicas');
});

it('opens the ports that the service listens on', () => {
  const ports = ['http', 'pipeline'];
  expect(container?.ports).toEqual([
    { name: 'http', containerPort: Number(valueOf('PORT')) },
    { name: 'pipeline', containerPort: Number(valueOf('PIPELINE_PORT')) },
  ]);
  expect(service.spec?.ports?.map(({ targetPort }) => targetPort)).toEqual(ports);
  const { spec } = find('NetworkPolicy') as INetworkPolicy;
  expect(spec?.ingress?.flatMap((rule) => rule.ports?.map(({ port }) => port))).toEqual(ports);
});

it('sets variables that the service reads, and holds no secret', () => {
  const names = container?.env?.map(({ name }) => name) ?? [];
  expect([...Object.keys(environment.shape), 'NODE_OPTIONS']).toEqual(expect.arrayContaining(names));
  expect(container?.env?.find(({ name }) => name === 'API_TOKENS')).not.toHaveProperty('value');
  expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
});

it('probes what the service answers', async () => {
  const probes = [container?.startupProbe, container?.readinessProbe, container?.livenessProbe];
  expect(probes.map((probe) => probe?.httpGet?.path)).toEqual(['/ready', '/ready', '/health']);
  for (const probe of probes)
    await request(app)
      .get(probe?.httpGet?.path ?? '')
      .expect(200);
});

it('may not be more than it needs to be', () => {
  expect(pod?.spec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
});

it('has memory for the bodies that it takes, and time to finish them', () => {
  const MIB = 2 ** 20;
  const limit = Number(/^(\d+)Gi$/.exec(String(container?.resources?.limits?.memory))?.[1]) * 1024 * MIB;
  const heap = Number(/^--max-old-space-size=(\d+)$/.exec(valueOf('NODE_OPTIONS') ?? '')?.[1]) * MIB;
  const bodies = Number(valueOf('MAX_IN_FLIGHT_BYTES'));
  // Measured: an idle process has 120 MB, and a body takes 6.5 times its size.
  expect(120e6 + 6.5 * bodies).toBeLessThan(limit);
  expect(heap).toBeLessThan(0.75 * limit);
  expect(pod?.spec?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(35);
});

import { parse } from 'yaml';

import { code, page, table } from './page.ts';

/** Rules of Prometheus, as its `rule_files` have them. */
interface Rules {
  groups: { rules: Rule[] }[];
}

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

/** The page about alerts. @param rules the text of deploy/prometheus/rules.yaml */
export function renderAlerts(rules: string): string {
  const { groups } = parse(rules) as Rules;
  const all = groups.flatMap((group) => group.rules);
  return page(
    'Alerts',
    'These are the rules of [deploy/prometheus/rules.yaml](../deploy/prometheus/rules.yaml). How to load them is in ' +
      '[operations](operations.md#alert).',
    table(
      ['Alert', 'Severity', 'Meaning', 'What to do'],
      all.map(({ alert, labels, annotations: { summary, description } }) => [
        code(alert),
        labels.severity,
        summary,
        description,
      ]),
    ),
    ...all.map((rule) => `## ${rule.alert}\n\n\`\`\`promql\n${rule.expr.trim()}\n\`\`\`\n\n${timing(rule)}`),
  );
}

function timing({ for: duration }: Rule): string {
  return duration === undefined ? 'It fires at once.' : `It fires when that has been so for ${duration}.`;
}

/** The same rules as an object of the Prometheus Operator. */
export function renderPrometheusRule(rules: string): string {
  const groups = rules.slice(rules.indexOf('groups:'));
  return [
    '# Written by `npm run docs` from rules.yaml; what is changed here is lost.',
    'apiVersion: monitoring.coreos.com/v1',
    'kind: PrometheusRule',
    'metadata:',
    '  name: group-transformer',
    '  labels:',
    '    app.kubernetes.io/name: group-transformer',
    'spec:',
    groups.replace(/^(?=.)/gm, '  '),
  ].join('\n');
}

import _ from 'lodash';

import type { Change } from '../fixture.ts';
import type { CaseReport, DestinationReport } from './compare.ts';
import { changedDestinations, quietCases, type Report, summaryOf, titleOf } from './report.ts';
import type { Finding } from './schema.ts';

/** Text that is already HTML. */
class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** HTML whose inserted values are escaped, unless they are HTML already. For content and for quoted attributes. */
function markup(parts: TemplateStringsArray, ...values: (string | Html | readonly Html[])[]): Html {
  const inserted = values.map((value) => {
    if (typeof value === 'string') return _.escape(value);
    return value instanceof Html ? value.text : value.map(({ text }) => text).join('');
  });
  return new Html(String.raw({ raw: parts }, ...inserted));
}

/** The report as a self-contained page: no scripts, fonts or images. */
export function renderHtml(report: Report): string {
  const changed = changedDestinations(report);
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Fixtures against ${report.against}</title>
<style>${style}</style>
</head>
<body>
<h1>Fixtures against ${report.against}</h1>
<p>${summaryOf(report)}</p>
${changed.length === 0 ? markup`<p>Nothing differs.</p>` : changed.map(destinationHtml)}
</body>
</html>
`.text;
}

function destinationHtml(destination: DestinationReport): Html {
  const { name, findings, cases } = destination;
  const changed = cases.filter(({ changes }) => changes.length > 0);
  const count = changed.length > 0 ? markup`<span>${String(changed.length)} changed</span>` : '';
  const isBreaking = findings.some((finding) => finding.isBreaking);
  return markup`<details open>
<summary>${name}${count}${isBreaking ? markup`<span class="breaking">breaking</span>` : ''}</summary>
${findings.map(findingHtml)}
${changed.map(caseHtml)}
${quietCases(destination).map((line) => markup`<p>${line}</p>`)}
</details>
`;
}

function findingHtml({ text, isBreaking }: Finding): Html {
  return markup`<p>${isBreaking ? markup`<strong class="breaking">Breaking:</strong> ` : ''}${text}</p>`;
}

function caseHtml(changed: CaseReport): Html {
  return markup`<h2>${titleOf(changed)}</h2>
<dl>${changed.changes.map(changeHtml)}</dl>
`;
}

function changeHtml({ path, before, after }: Change): Html {
  const removed = before === undefined ? '' : markup`<dd><del>${before}</del></dd>`;
  const added = after === undefined ? '' : markup`<dd><ins>${after}</ins></dd>`;
  return markup`<dt>${path}</dt>${removed}${added}`;
}

const style = new Html(`
  :root { color-scheme: light dark; --line: light-dark(#d0d4da, #3b4048); --quiet: light-dark(#59616b, #a0a8b3);
    --del: light-dark(#fde8e8, #4a1d1f); --ins: light-dark(#e3f6e6, #17391f); --alarm: light-dark(#b3121d, #ff8a85); }
  body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif;
    background: light-dark(#fff, #16181c); color: light-dark(#1c2024, #e6e8eb); }
  h1 { font-size: 1.4rem; }
  h2 { margin: 1rem 0 0.25rem; font-size: 1rem; }
  details { margin: 1rem 0; padding: 0 1rem; border: 1px solid var(--line); border-radius: 0.5rem; }
  summary { margin: 0 -1rem; padding: 0.6rem 1rem; font-weight: 600; cursor: pointer; }
  summary span { margin-left: 0.75rem; font-weight: 400; font-size: 0.875rem; color: var(--quiet); }
  .breaking, summary .breaking { color: var(--alarm); }
  dl { margin: 0 0 1rem; }
  dt { margin-top: 0.5rem; color: var(--quiet); }
  dd { margin: 0; }
  dt, dd { font: 0.8125rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: isolate; }
  del, ins { display: block; padding: 0 0.5rem; text-decoration: none; }
  del { background: var(--del); }
  del::before { content: "− "; }
  ins { background: var(--ins); }
  ins::before { content: "+ "; }
`);

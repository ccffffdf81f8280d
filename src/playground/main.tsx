import { signal } from '@preact/signals';
import { render } from 'preact';

import { Catalog } from './catalog.tsx';
import { watchArrivals } from './listed.ts';
import { Playground } from './playground.tsx';
import { open, recall, remember } from './share.ts';
import { chosen, describe, loadDestinations, needsToken, notice, problem, startLive, token, version } from './state.ts';

/** What of the page is looked at: the fragment of its URL. */
const fragment = signal(location.hash);

async function follow(): Promise<void> {
  if (!location.hash.startsWith('#s=')) {
    fragment.value = location.hash;
    return;
  }
  try {
    await open(location.hash);
  } catch {
    notice.value = 'This link is damaged and cannot be opened';
  }
  // Later changes would not be in it.
  history.replaceState(null, '', location.pathname);
  fragment.value = '';
}

function Page() {
  const isMatrix = fragment.value === '#traits';
  const name = /^#catalog\/(.+)$/.exec(fragment.value)?.[1];
  const isCatalog = isMatrix || fragment.value.startsWith('#catalog');
  const here = (isHere: boolean) => (isHere ? ('page' as const) : undefined);
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to content
      </a>
      <header class="top">
        <h1>
          <Logo />
          <span>Group Transformer</span>
        </h1>
        <nav aria-label="Views">
          <a href="#" aria-current={here(!isCatalog)}>
            Playground
          </a>
          <a href="#catalog" aria-current={here(isCatalog)}>
            Catalog
          </a>
          <a href="docs">API docs</a>
        </nav>
        {version.value !== '' && <small class="version">Version {version}</small>}
      </header>
      <Obstacle />
      <main id="main" tabIndex={-1}>
        {isCatalog ? <Catalog name={name && decodeURIComponent(name)} isMatrix={isMatrix} /> : <Playground />}
      </main>
      <div class="notice" role="status">
        {notice.value !== '' && <p>{notice}</p>}
      </div>
    </>
  );
}

/** The fragment is the view's, so the link does not set it. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M3 12h6m0 0c5 0 4-7 12-7M9 12h12M9 12c5 0 4 7 12 7" />
    </svg>
  );
}

/** What keeps the service from answering, and the token that it may require. */
function Obstacle() {
  const { value } = problem;
  if (value === undefined) return needsToken.value ? <TokenPrompt /> : null;
  return (
    <div class="obstacle" role="alert">
      <p>
        <code>{value.code}</code> {value.message}
        {value.path !== undefined && (
          <>
            {' '}
            at <code>{value.path}</code>
          </>
        )}
      </p>
      {needsToken.value && <TokenForm />}
    </div>
  );
}

function TokenPrompt() {
  return (
    <section class="obstacle prompt" aria-label="Token">
      <p>
        This service requires a token. Enter one of its API tokens; the page forgets it when you close or reload it.
      </p>
      <TokenForm />
    </section>
  );
}

function TokenForm() {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const given = new FormData(event.currentTarget as HTMLFormElement).get('token');
    token.value = typeof given === 'string' ? given : '';
    needsToken.value = false;
    void loadDestinations();
  };
  return (
    <form onSubmit={submit}>
      <label>
        API token <input name="token" type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="primary">
        Continue
      </button>
    </form>
  );
}

let timer: ReturnType<typeof setTimeout> | undefined;
notice.subscribe((text) => {
  clearTimeout(timer);
  if (text !== '') timer = setTimeout(() => (notice.value = ''), 4000);
});

addEventListener('hashchange', () => void follow());
if (!location.hash.startsWith('#s=')) recall();
for (const { name } of chosen.peek()) void describe(name);
void loadDestinations();
startLive();
watchArrivals();
remember();
void follow();
render(<Page />, document.getElementById('page') as HTMLElement);

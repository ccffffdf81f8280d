import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

import { type AppOptions, createApp } from '../../src/http/app.ts';
import { projectFolder, registry } from './project.ts';
import { programFile } from './requirements.js';

/** The page as it is built. */
export const playgroundFolder = path.join(projectFolder, 'dist/playground');

/** How long anything may be waited for; a busy machine takes less, and what never comes fails its own test. */
const MOST_WAIT_MS = 60_000;

/** The application with its page. */
export function appWithPage(options: Partial<AppOptions> = {}) {
  return createApp({
    registry,
    version: '1.2.3',
    limits: { bodyBytes: 1_000_000, pipelineBodyBytes: 1_000_000 },
    playgroundFolder,
    ...options,
  });
}

/** A browser, and the service that it looks at. */
export class Visit {
  readonly #server: Server;
  readonly #browser: Browser;
  /** What should not have happened: errors and warnings in the console, and calls to others. */
  readonly complaints: string[] = [];

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
  }

  /**
   * @param token what the service asks for; absent, nothing
   * @param options what else the service is made with
   */
  static async begin({ token, ...options }: { token?: string } & Partial<AppOptions> = {}): Promise<Visit> {
    const tokens = token === undefined ? undefined : [token];
    const server = appWithPage({ tokens, ...options }).listen(0);
    const browser = await chromium.launch({
      executablePath: programFile('chromium') ?? '',
      timeout: MOST_WAIT_MS,
      args: [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return new Visit(server, browser);
  }

  get url(): string {
    return `http://localhost:${String((this.#server.address() as AddressInfo).port)}/`;
  }

  /** Opens the page as somebody who was never there, and may use the clipboard. */
  async open({ fragment = '', ...options }: BrowserContextOptions & { fragment?: string } = {}): Promise<Page> {
    const viewport = { width: 1280, height: 800 };
    const permissions = ['clipboard-read', 'clipboard-write'];
    const context = await this.#browser.newContext({ viewport, permissions, ...options });
    context.setDefaultTimeout(MOST_WAIT_MS);
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.on('request', (request) => {
      if (!request.url().startsWith(this.url)) this.complaints.push(`calls ${request.url()}`);
    });
    await page.goto(this.url + fragment);
    return page;
  }

  async end(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
  }
}

/** One visit for all tests of a file. What should not have happened fails the test in which it did. */
export async function sharedVisit(): Promise<Visit> {
  const visit = await Visit.begin();
  afterEach(() => {
    expect(visit.complaints.splice(0)).toEqual([]);
  });
  afterAll(() => visit.end());
  return visit;
}

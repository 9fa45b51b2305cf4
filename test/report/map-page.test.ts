// The map in a real Chromium, from a file and without a network: at a phone's and a desk's size, by keyboard, in both schemes, on paper.
// `IDP_KIT_SCREENSHOTS=1` writes the pictures of the documentation.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/run.ts';
import { type TestDirectory, directory } from '../workload/support/files.ts';
import { findBrowser, startBrowser } from './browser.ts';

const CATALOG = join(import.meta.dirname, 'map-catalog.yaml');
const IMAGES = join(import.meta.dirname, '../../docs/images');
const found = await findBrowser();
const title = found.ok ? 'the map in Chromium' : `the map in Chromium: skipped, since ${found.reason}`;

const SIZES = {
  phone: { width: 390, height: 844 },
  desktop: { width: 1280, height: 800 },
} as const;
type Size = keyof typeof SIZES;
const SCHEMES = ['light', 'dark'] as const;
/** On a phone the dark one looks like the dark one on a desk. */
const PICTURES = ['map-phone-light.png', 'map-desktop-light.png', 'map-desktop-dark.png'];
const LOOKS = (Object.keys(SIZES) as Size[]).flatMap((size) => SCHEMES.map((scheme) => ({ size, scheme })));

describe.skipIf(!found.ok)(title, () => {
  let home: TestDirectory;
  let browser: Browser;
  let file: string;

  beforeAll(async () => {
    home = await directory();
    file = join(home.path, 'map.html');
    expect((await run(['map', CATALOG, '-o', file])).status).toBe(0);
    browser = await startBrowser(found.ok ? found.file : '');
  });

  afterAll(async () => {
    await browser.close();
    await home[Symbol.asyncDispose]();
  });

  /** The page, and all that it said or asked for. */
  async function open(options: BrowserContextOptions = {}, at = file) {
    const context = await browser.newContext({ viewport: SIZES.desktop, offline: true, ...options });
    const page = await context.newPage();
    const said: string[] = [];
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (error) => said.push(error.message));
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) said.push(request.url());
    });
    page.on('dialog', (dialog) => {
      said.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(pathToFileURL(at).href);
    return { page, said, [Symbol.asyncDispose]: () => context.close() };
  }

  const shown = async (page: Page) =>
    (await page.locator('article:visible h2').allTextContents()).map((text) => text.trim());

  it.each(LOOKS)('reads well on a $size, in the $scheme scheme', async ({ size, scheme }) => {
    await using opened = await open({ viewport: SIZES[size], colorScheme: scheme });
    const { page, said } = opened;
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(SIZES[size].width);
    const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(background).toBe(scheme === 'light' ? 'rgb(246, 246, 243)' : 'rgb(19, 21, 24)');
    await page.evaluate(axe.source);
    const { violations, incomplete, passes } = await page.evaluate<axe.AxeResults>(
      "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
    );
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(incomplete.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    expect(passes.find(({ id }) => id === 'color-contrast')?.nodes.length).toBeGreaterThan(20);
    expect(said).toEqual([]);
    const name = `map-${size}-${scheme}.png`;
    if (process.env.IDP_KIT_SCREENSHOTS === '1' && PICTURES.includes(name)) await picture(page, name);
  });

  async function picture(page: Page, name: string): Promise<void> {
    await mkdir(IMAGES, { recursive: true });
    await writeFile(join(IMAGES, name), await page.screenshot({ scale: 'css' }));
  }

  it('has one heading, landmarks, and a label for each field', async () => {
    await using opened = await open();
    const { page } = opened;
    expect(await page.getByRole('heading', { level: 1 }).allTextContents()).toEqual(['Who can reach what']);
    for (const role of ['banner', 'main', 'contentinfo', 'search'] as const) {
      expect(await page.getByRole(role).count()).toBe(1);
    }
    expect(await page.getByRole('heading', { level: 2 }).count()).toBe(5);
    expect(await page.getByRole('article', { name: 'deploy' }).count()).toBe(1);
    for (const label of ['Search', 'Claim', 'Its value', 'Issuer', 'Reaches']) {
      expect(await page.getByLabel(label, { exact: true }).count()).toBe(1);
    }
  });

  it('is searched by keyboard alone', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.keyboard.press('/');
    await page.keyboard.type('production secret');
    expect(await shown(page)).toEqual(['api-production']);
    expect(await page.getByRole('status').textContent()).toBe('1 of 5 shown');
    await page.keyboard.press('Escape');
    expect((await shown(page)).length).toBe(5);
    await page.keyboard.type('/ no such thing');
    expect(await shown(page)).toEqual([]);
    expect(await page.getByText('Nothing fits').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    // From the search to the claim and down its list.
    await page.keyboard.press('Tab');
    await page.keyboard.type('ref_p');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await shown(page)).toEqual(['api-production']);
  });

  it('skips to the entries', async () => {
    await using opened = await open();
    const { page } = opened;
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the entries');
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/#entries$/);
  });

  it.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a claim', { Claim: 'ref' }, ['api-staging', 'api-production']],
    ['a value of a claim', { Claim: 'ref', 'Its value': 'main' }, ['api-staging']],
    ['a value that fits a pattern', { Claim: 'ref', 'Its value': 'auto-deploy-7' }, ['api-production']],
    ['a value of any claim', { 'Its value': '9001' }, ['deploy']],
    ['an issuer', { Issuer: 'ona' }, ['data-science', 'whole-organization']],
    ['what is reached', { Reaches: 'vault', Issuer: 'ona' }, ['data-science']],
    ['a word besides', { Reaches: 'aws', Search: 'github' }, ['deploy']],
  ])('filters by %s', async (_, fields, names) => {
    await using opened = await open({ viewport: SIZES.phone });
    const { page } = opened;
    for (const [label, value] of Object.entries(fields)) {
      const field = page.getByLabel(label, { exact: true });
      if (['Search', 'Its value'].includes(label)) await field.fill(value);
      else await field.selectOption(value);
    }
    expect(await shown(page)).toEqual(names);
  });

  it('prints what is shown, without what cannot be used on paper', async () => {
    await using opened = await open({ colorScheme: 'dark', viewport: { width: 794, height: 1123 } });
    const { page } = opened;
    await page.getByLabel('Reaches').selectOption('vault');
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filters').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    expect(await page.evaluate('getComputedStyle(document.body).color')).toBe('rgb(0, 0, 0)');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(794);
    expect(await shown(page)).toEqual(['api-staging', 'api-production', 'data-science']);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length).toBeLessThanOrEqual(2);
  });

  it('shows all of it without scripts', async () => {
    await using opened = await open({ javaScriptEnabled: false });
    const { page } = opened;
    expect(await page.locator('article:visible').count()).toBe(5);
    expect(await page.locator('#filters').isVisible()).toBe(false);
  });

  it('takes whatever a catalog holds for text', async () => {
    const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>"\'&';
    const catalog = join(home.path, '<img src=x>.yaml');
    const page = join(home.path, 'evil.html');
    const quoted = JSON.stringify(evil);
    await writeFile(
      catalog,
      `issuers:\n  gl: { profile: gitlab-id-token, url: https://gitlab.example.com }\naccess:\n  api:\n    issuer: gl\n    admit: { project_id: "22", environment: { equals: ${quoted}, like: ${JSON.stringify(`${evil}*`)} } }\n    vault: { policies: [${quoted}] }\n`,
    );
    expect((await run(['map', catalog, '-o', page])).stderr).toContain('1 entry');
    expect(await readFile(page, 'utf8')).not.toContain('alert(1)</script>');
    await using opened = await open({}, page);
    expect(await opened.page.locator('main img, main script').count()).toBe(0);
    expect(await opened.page.locator('li code').allTextContents()).toContain(evil);
    await opened.page.getByLabel('Its value').fill(evil);
    expect(await shown(opened.page)).toEqual(['api']);
    expect(opened.said).toEqual([]);
  });
});

it.each(PICTURES)('has %s for the documentation, and it is small', async (name) => {
  const image = await readFile(join(IMAGES, name));
  expect(image.length).toBeLessThan(150_000);
  const { width, height } = SIZES[name.includes('phone') ? 'phone' : 'desktop'];
  expect([image.readUInt32BE(16), image.readUInt32BE(20)]).toEqual([width, height]);
});

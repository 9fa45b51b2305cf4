// A real Chromium, where there is one or it can be had.
import { type Browser, chromium } from 'playwright-core';
import { cacheRoot } from '../../tools/lib/cache.mjs';
import { findChromium } from '../../tools/lib/chromium.mjs';

export const findBrowser = () => findChromium(cacheRoot(process.env), process.env);

/** @param file the program; its own sandbox needs rights that tests often lack */
export async function startBrowser(file: string): Promise<Browser> {
  return chromium.launch({ executablePath: file, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}

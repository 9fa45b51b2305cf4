/** Keys that are fetched without TLS can be replaced on the way. */

import { type Found, type RuleText } from '../rule.ts';

export const insecureUrlText: RuleText = {
  id: 'insecure-url',
  severity: 'high',
  title: 'keys without TLS',
  reason: 'whoever is on the way puts a key of their own in, and signs any token',
  fix: 'write an https URL',
};

export function insecureUrls(urls: readonly { readonly path: string; readonly url: unknown }[]): Found[] {
  return urls.flatMap(({ path, url }) =>
    typeof url === 'string' && url !== '' && !/^https:\/\//i.test(url)
      ? [{ message: `${url} is fetched without TLS`, path }]
      : [],
  );
}

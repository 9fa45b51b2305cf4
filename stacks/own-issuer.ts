/**
 * The URL of the kit's own issuer. A stack reference is read while the program runs, so that the URL is a plain value and trust is
 * known at preview: never an Output, which would be unknown there.
 */

import * as pulumi from '@pulumi/pulumi';
import { checkIssuerUrl } from '../src/claims/url.ts';
import { refusal } from './refusal.ts';
import { type Settings } from './settings.ts';

/** The configured URL, which wins, or the output `url` of the stack that was named; undefined where neither is said. */
export async function ownIssuerUrl({ issuerUrl, issuerStack }: Settings): Promise<string | undefined> {
  if (issuerUrl !== undefined || issuerStack === undefined) return issuerUrl;
  const details = await new pulumi.StackReference(issuerStack).getOutputDetails('url');
  const value: unknown = details.value;
  if (typeof value === 'string' && checkIssuerUrl(value, []).length === 0) return value;
  throw refusal(`the stack ${issuerStack} has no output \`url\` that is the URL of an issuer`, [
    `provision it first (pulumi up -s ${issuerStack}), or say it: pulumi config set idp-kit:issuerUrl https://…`,
  ]);
}

/** AWS WAF: web ACLs, and what they guard. */
import { Buffer } from 'node:buffer';
import type { CreateWebACLCommandInput, UpdateWebACLCommandInput } from '@aws-sdk/client-wafv2';
import { bag, isBag, text, type Bag, type Json, type Kind } from '../../core/kind.ts';
import type { Aws } from '../api.ts';
import { changeable, fixed, outputs, pascal, unlessMissing } from '../table.ts';

export const webAcl: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    ...fixed('string', 'scope'),
    region: { as: 'string', replace: true, unread: true },
    defaultAction: { as: 'block', unread: true },
    rules: { as: 'list', unread: true },
    visibilityConfig: { as: 'block', unread: true },
    ...changeable('string', 'description'),
    ...outputs('string', 'arn'),
  },
  create: async (aws, inputs) => {
    const request = { Name: text(inputs.name), Scope: text(inputs.scope), ...settings(inputs) };
    const waf = await aws.use('wafv2', text(inputs.region));
    return (await waf.createWebACL(request as CreateWebACLCommandInput)).Summary?.Id ?? '';
  },
  read: async (aws, Id, state) => {
    const found = (await webAclOf(aws, Id, state))?.WebACL;
    if (found === undefined) return undefined;
    return bag({ name: found.Name, scope: text(state.scope), description: found.Description, arn: found.ARN });
  },
  update: async (aws, Id, olds, news) => {
    const LockToken = (await webAclOf(aws, Id, olds))?.LockToken;
    const request = { Id, Name: text(olds.name), Scope: text(olds.scope), LockToken, ...settings(news) };
    await (await aws.use('wafv2', text(olds.region))).updateWebACL(request as UpdateWebACLCommandInput);
  },
  delete: async (aws, Id, state) => {
    const LockToken = (await webAclOf(aws, Id, state))?.LockToken;
    if (LockToken === undefined) return;
    const request = { Id, Name: text(state.name), Scope: text(state.scope) as 'REGIONAL', LockToken };
    await unlessMissing((await aws.use('wafv2', text(state.region))).deleteWebACL(request));
  },
};

async function webAclOf(aws: Aws, Id: string, state: Bag) {
  const request = { Id, Name: text(state.name), Scope: text(state.scope) as 'REGIONAL' };
  return unlessMissing((await aws.use('wafv2', text(state.region))).getWebACL(request));
}

/** What the API takes as it stands, but for the text that is looked for: it is bytes there, and `ACL` a word of its own. */
function settings(inputs: Bag) {
  const { defaultAction = {}, rules = [], visibilityConfig = {} } = inputs;
  return { DefaultAction: api(defaultAction), Rules: api(rules), VisibilityConfig: api(visibilityConfig) };
}

const api = (value: Json): unknown => searched(named(pascal(value)));

const named = (value: Json): Json =>
  JSON.parse(JSON.stringify(value).replaceAll('"CloudwatchMetricsEnabled"', '"CloudWatchMetricsEnabled"')) as Json;

function searched(value: Json): unknown {
  if (Array.isArray(value)) return value.map(searched);
  if (!isBag(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [
      key,
      key === 'SearchString' ? Buffer.from(text(entry)) : searched(entry),
    ]),
  );
}

export const webAclAssociation: Kind<Aws> = {
  properties: fixed('string', 'webAclArn', 'resourceArn'),
  create: async (aws, inputs) => {
    const [WebACLArn, ResourceArn] = [text(inputs.webAclArn), text(inputs.resourceArn)];
    await (await aws.use('wafv2')).associateWebACL({ WebACLArn, ResourceArn });
    return `${WebACLArn},${ResourceArn}`;
  },
  read: async (aws, id) => {
    const [, ResourceArn = ''] = id.split(',');
    const found = await unlessMissing((await aws.use('wafv2')).getWebACLForResource({ ResourceArn }));
    const webAclArn = found?.WebACL?.ARN;
    return webAclArn === undefined ? undefined : { webAclArn, resourceArn: ResourceArn };
  },
  delete: async (aws, _id, state) => {
    const ResourceArn = text(state.resourceArn);
    await unlessMissing((await aws.use('wafv2')).disassociateWebACL({ ResourceArn }));
  },
};

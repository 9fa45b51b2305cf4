/** AWS as the stand-in reaches it: SDK clients with what the environment and the stack's configuration say. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { IAMClient, NoSuchEntityException, type Tag } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { type Use, clients } from './clients.ts';
import { firstSet, isBag, stringMap, text, type Bag, type Json } from '../core/kind.ts';

export interface Aws {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly region: string;
  /** Every other service. */
  readonly use: Use;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys, endpoints and CA come from the standard variables (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_CA_BUNDLE, …). */
export function connectAws(config: Bag, env: Environment): Aws {
  const region = firstSet(config.region, env.AWS_REGION, env.AWS_DEFAULT_REGION);
  if (region === undefined) throw new Error('Missing region configuration: set aws:region or AWS_REGION');
  const bundle = env.AWS_CA_BUNDLE;
  const common = {
    region,
    ...credentials(config),
    // Node's clients do not read AWS_CA_BUNDLE by themselves.
    ...(bundle === undefined ? {} : { requestHandler: { httpsAgent: new Agent({ ca: readFileSync(bundle) }) } }),
  };
  return {
    region,
    iam: new IAMClient({ ...common, ...endpoint(config, 'iam') }),
    sts: new STSClient({ ...common, ...endpoint(config, 'sts') }),
    use: clients({ region, common, endpoint: (service) => endpoint(config, service) }),
  };
}

function credentials(config: Bag): object {
  const [accessKeyId, secretAccessKey, sessionToken] = [config.accessKey, config.secretKey, config.token].map(text);
  if (!accessKeyId || !secretAccessKey) return {};
  return { credentials: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) } };
}

/** `aws:endpoints` is a list of objects, service to URL; the engine sends lists as JSON text. */
function endpoint(config: Bag, service: string): { endpoint?: string } {
  const given = config.endpoints;
  const list = typeof given === 'string' && given !== '' ? (JSON.parse(given) as Json) : given;
  for (const entry of Array.isArray(list) ? list : []) {
    const url = isBag(entry) ? text(entry[service]) : '';
    if (url !== '') return { endpoint: url };
  }
  return {};
}

/** Nothing, where IAM says that there is no such entity. */
export async function unlessGone<Result>(call: Promise<Result>): Promise<Result | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

export const tagList = (tags: Json | undefined): Tag[] =>
  Object.entries(stringMap(tags)).map(([Key, Value]) => ({ Key, Value }));

export const tagMap = (tags: readonly Tag[] | undefined): Bag =>
  Object.fromEntries((tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? '']));

/** What to take off and what to put on so that `olds` becomes `news`. */
export function tagChange(olds: Json | undefined, news: Json | undefined): { TagKeys: string[]; Tags: Tag[] } {
  const [before, after] = [stringMap(olds), stringMap(news)];
  return {
    TagKeys: Object.keys(before).filter((key) => after[key] === undefined),
    Tags: tagList(news).filter(({ Key }) => Key !== undefined && before[Key] !== after[Key]),
  };
}

/** A policy document as IAM answers it: URL-encoded (RFC 3986) by AWS, plain by some calls of moto. */
export const document = (answer: string | undefined): string =>
  answer?.startsWith('%7B') === true ? decodeURIComponent(answer) : (answer ?? '');

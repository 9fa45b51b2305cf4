/**
 * Calls of IAM that moto lacks or lets through where AWS refuses. A provisioning that AWS would refuse must not pass in the
 * sandbox; everything else goes to moto as it is.
 */
import {
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  GetOpenIDConnectProviderCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import type { IncomingMessage } from 'node:http';
import { motoIam } from './moto-client.ts';
import { StsError, element } from './sts-error.ts';

export const IAM_NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

/** Nothing: moto may answer. An error: AWS would refuse. A text: the answer. */
export type Filled = undefined | StsError | ((requestId: string) => string);

type Gap = (parameters: URLSearchParams, motoUrl: string) => Filled | Promise<Filled>;

/** One row a call. */
const GAPS: Readonly<Record<string, Gap>> = {
  AddClientIDToOpenIDConnectProvider: (parameters, motoUrl) =>
    changeClientIds('AddClientIDToOpenIDConnectProvider', parameters, motoUrl, (ids, id) => [...new Set([...ids, id])]),
  RemoveClientIDFromOpenIDConnectProvider: (parameters, motoUrl) =>
    changeClientIds('RemoveClientIDFromOpenIDConnectProvider', parameters, motoUrl, (ids, id) =>
      ids.filter((one) => one !== id),
    ),
  CreateOpenIDConnectProvider: (parameters) => refuseUrl(parameters.get('Url') ?? ''),
  CreateRole: (parameters) =>
    refuseSession(parameters) ?? refuseTrust(parameters.get('AssumeRolePolicyDocument') ?? ''),
  UpdateRole: refuseSession,
  UpdateAssumeRolePolicy: (parameters) => refuseTrust(parameters.get('PolicyDocument') ?? ''),
};

export async function fillGap(parameters: URLSearchParams, request: IncomingMessage, motoUrl: string): Promise<Filled> {
  const isIam = (request.headers.authorization ?? '').includes('/iam/aws4_request');
  const gap = isIam ? GAPS[parameters.get('Action') ?? ''] : undefined;
  return gap?.(parameters, motoUrl);
}

/** IAM API reference, CreateOpenIDConnectProvider: https, no port, no query, at most 255 characters. */
function refuseUrl(url: string): Filled {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const authority = /^https:\/\/([^/?#]*)/.exec(url)?.[1];
  if (parsed !== undefined && authority !== undefined && !/[:@]/.test(authority) && !/[?#]/.test(url)) return undefined;
  return new StsError('ValidationError', 'Invalid Open ID Connect Provider URL');
}

function refuseSession(parameters: URLSearchParams): Filled {
  const value = parameters.get('MaxSessionDuration');
  if (value === null || (Number(value) >= 3600 && Number(value) <= 43_200)) return undefined;
  const rule = Number(value) < 3600 ? 'greater than or equal to 3600' : 'less than or equal to 43200';
  const where = `Value '${value}' at 'maxSessionDuration' failed to satisfy constraint`;
  return new StsError('ValidationError', `1 validation error detected: ${where}: Member must have value ${rule}`);
}

/** The default quota for the length of a trust policy, white space not counted (IAM quotas). */
const MAX_TRUST_POLICY = 2048;

function refuseTrust(document: string): Filled {
  if (document.replace(/\s/g, '').length > MAX_TRUST_POLICY) {
    return new StsError('LimitExceeded', `Cannot exceed quota for ACLSizePerRole: ${MAX_TRUST_POLICY}`);
  }
  try {
    JSON.parse(document);
    return undefined;
  } catch {
    return new StsError('MalformedPolicyDocument', 'This policy contains invalid Json');
  }
}

/** moto has no way to change a provider's client ids, so the provider is made again; its ARN follows from its URL. */
async function changeClientIds(
  action: string,
  parameters: URLSearchParams,
  motoUrl: string,
  change: (ids: readonly string[], id: string) => string[],
): Promise<Filled> {
  const arn = parameters.get('OpenIDConnectProviderArn') ?? '';
  const iam = motoIam(motoUrl, arn.split(':')[4] ?? '');
  try {
    const provider = { OpenIDConnectProviderArn: arn };
    const {
      Url = '',
      ClientIDList = [],
      ThumbprintList,
      Tags,
    } = await iam.send(new GetOpenIDConnectProviderCommand(provider));
    const ids = change(ClientIDList, parameters.get('ClientID') ?? '');
    if (ids.length > 100) {
      return new StsError('LimitExceeded', 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100');
    }
    await iam.send(new DeleteOpenIDConnectProviderCommand(provider));
    await iam.send(
      new CreateOpenIDConnectProviderCommand({ Url: `https://${Url}`, ClientIDList: ids, ThumbprintList, Tags }),
    );
  } catch (error) {
    if (error instanceof NoSuchEntityException) return new StsError('NoSuchEntity', error.message);
    throw error;
  } finally {
    iam.destroy();
  }
  return (id) => element(`${action}Response`, [element('ResponseMetadata', [element('RequestId', id)])], IAM_NAMESPACE);
}

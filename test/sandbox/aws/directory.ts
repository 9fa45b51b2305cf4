/** What the gate asks moto's IAM: which OIDC providers an account has registered, and what a role trusts. */
import {
  GetOpenIDConnectProviderCommand,
  GetRoleCommand,
  IAMClient,
  ListOpenIDConnectProvidersCommand,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import { motoIam } from './moto-client.ts';
import type { RoleArn } from './sts-request.ts';
import type { RegisteredProvider } from './web-identity.ts';

export interface Role {
  readonly id: string;
  readonly trustPolicy: string;
  readonly maxSessionDuration: number;
}

export interface Directory {
  /** The provider whose URL is exactly the issuer: case and path included. */
  provider(account: RoleArn, issuer: string): Promise<RegisteredProvider | undefined>;
  role(arn: RoleArn): Promise<Role | undefined>;
  close(): void;
}

const DEFAULT_MAX_SESSION = 3600;

export function motoDirectory(motoUrl: string): Directory {
  const clients = new Map<string, IAMClient>();
  const clientOf = ({ account }: RoleArn): IAMClient => {
    const client = clients.get(account) ?? motoIam(motoUrl, account);
    clients.set(account, client);
    return client;
  };
  return {
    provider: async (role, issuer) => {
      if (!issuer.startsWith('https://')) return undefined;
      const iam = clientOf(role);
      const wanted = `arn:${role.partition}:iam::${role.account}:oidc-provider/${issuer.slice('https://'.length)}`;
      const { OpenIDConnectProviderList = [] } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
      if (!OpenIDConnectProviderList.some(({ Arn }) => Arn === wanted)) return undefined;
      const found = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: wanted }));
      return { arn: wanted, clientIds: found.ClientIDList ?? [] };
    },
    role: async (role) => {
      const found = await roleNamed(clientOf(role), role.name);
      // The path is part of the ARN, and moto looks roles up by name alone.
      if (found?.Arn !== role.arn) return undefined;
      return {
        id: found.RoleId ?? '',
        trustPolicy: plain(found.AssumeRolePolicyDocument ?? ''),
        maxSessionDuration: found.MaxSessionDuration ?? DEFAULT_MAX_SESSION,
      };
    },
    close: () => {
      for (const client of clients.values()) client.destroy();
    },
  };
}

async function roleNamed(iam: IAMClient, RoleName: string) {
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  } catch (error) {
    if (error instanceof NoSuchEntityException) return undefined;
    throw error;
  }
}

const plain = (document: string): string => (document.startsWith('%7B') ? decodeURIComponent(document) : document);

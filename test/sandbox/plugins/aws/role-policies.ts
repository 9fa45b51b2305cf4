/**
 * What is tied to a role: RolePolicy, RolePolicyAttachment and the two `…Exclusive` resources, which take away what they do
 * not name. Deleting an exclusive one ends the supervision and takes nothing off (the provider's own documentation).
 */
import {
  AttachRolePolicyCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRolePolicyCommand,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { bag, text, texts, type Bag, type Kind } from '../core/kind.ts';
import { document, unlessGone, type Aws } from './api.ts';

type Iam = Pick<Aws, 'iam'>;

export async function attachedPolicies({ iam }: Iam, RoleName: string): Promise<string[]> {
  const answer = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName, MaxItems: 1000 }));
  return (answer.AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn ?? '');
}

export async function inlinePolicyNames({ iam }: Iam, RoleName: string): Promise<string[]> {
  return (await iam.send(new ListRolePoliciesCommand({ RoleName, MaxItems: 1000 }))).PolicyNames ?? [];
}

/** Splits an id at its first separator: role names hold neither `:` nor `/`. */
function halves(id: string, separator: string): [string, string] {
  const at = id.indexOf(separator);
  return at < 0 ? [id, ''] : [id.slice(0, at), id.slice(at + 1)];
}

async function putRolePolicy({ iam }: Iam, inputs: Bag): Promise<void> {
  const [RoleName, PolicyName] = [text(inputs.role), text(inputs.name)];
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: text(inputs.policy) }));
}

/** aws:iam/rolePolicy:RolePolicy; id `role:name`. */
export const rolePolicy: Kind<Aws> = {
  properties: {
    name: { as: 'string', autoName: true, computed: true, replace: true },
    namePrefix: { as: 'string', computed: true, replace: true },
    policy: { as: 'policy', required: true },
    role: { as: 'string', required: true, replace: true },
  },
  create: async (aws, inputs) => {
    const name = text(inputs.name);
    await putRolePolicy(aws, { ...inputs, name });
    return `${text(inputs.role)}:${name}`;
  },
  read: async ({ iam }, id, state) => {
    const [RoleName, PolicyName] = halves(id, ':');
    const found = await unlessGone(iam.send(new GetRolePolicyCommand({ RoleName, PolicyName })));
    if (found === undefined) return undefined;
    const policy = document(found.PolicyDocument);
    return bag({ name: PolicyName, namePrefix: text(state.namePrefix), policy, role: RoleName });
  },
  update: async (aws, id, _olds, news) => {
    const [role, name] = halves(id, ':');
    await putRolePolicy(aws, { ...news, role, name });
  },
  delete: async ({ iam }, id) => {
    const [RoleName, PolicyName] = halves(id, ':');
    await unlessGone(iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName })));
  },
};

/** aws:iam/rolePolicyAttachment:RolePolicyAttachment; id `role/arn`, which is also what import takes. */
export const rolePolicyAttachment: Kind<Aws> = {
  properties: {
    policyArn: { as: 'string', required: true, replace: true },
    role: { as: 'string', required: true, replace: true },
  },
  create: async ({ iam }, inputs) => {
    const [RoleName, PolicyArn] = [text(inputs.role), text(inputs.policyArn)];
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    return `${RoleName}/${PolicyArn}`;
  },
  read: async (aws, id) => {
    const [role, policyArn] = halves(id, '/');
    const attached = await unlessGone(attachedPolicies(aws, role));
    return attached?.includes(policyArn) === true ? { policyArn, role } : undefined;
  },
  delete: async ({ iam }, id) => {
    const [RoleName, PolicyArn] = halves(id, '/');
    await unlessGone(iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn })));
  },
};

async function keepInline({ iam }: Iam, RoleName: string, wanted: readonly string[]): Promise<void> {
  for (const PolicyName of await inlinePolicyNames({ iam }, RoleName)) {
    if (!wanted.includes(PolicyName)) await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}

async function keepAttached({ iam }: Iam, RoleName: string, wanted: readonly string[]): Promise<void> {
  const have = await attachedPolicies({ iam }, RoleName);
  for (const PolicyArn of wanted.filter((arn) => !have.includes(arn))) {
    await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  for (const PolicyArn of have.filter((arn) => !wanted.includes(arn))) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
}

/** Both exclusive resources; their id is the role's name. */
function exclusive(
  names: 'policyNames' | 'policyArns',
  list: (aws: Iam, role: string) => Promise<string[]>,
  keep: (aws: Iam, role: string, wanted: readonly string[]) => Promise<void>,
): Kind<Aws> {
  return {
    properties: {
      [names]: { as: 'set', required: true },
      roleName: { as: 'string', required: true, replace: true },
    },
    create: async (aws, inputs) => {
      await keep(aws, text(inputs.roleName), texts(inputs[names]));
      return text(inputs.roleName);
    },
    read: async (aws, id) => {
      const found = await unlessGone(list(aws, id));
      return found === undefined ? undefined : { [names]: found, roleName: id };
    },
    update: (aws, id, _olds, news) => keep(aws, id, texts(news[names])),
    delete: () => Promise.resolve(),
  };
}

export const rolePoliciesExclusive = exclusive('policyNames', inlinePolicyNames, keepInline);
export const rolePolicyAttachmentsExclusive = exclusive('policyArns', attachedPolicies, keepAttached);

/** aws:iam/role:Role; its id is its name. Its inline and managed policies are resources of their own here. */
import {
  CreateRoleCommand,
  DeleteRoleCommand,
  DeleteRolePermissionsBoundaryCommand,
  DeleteRolePolicyCommand,
  DetachRolePolicyCommand,
  GetRoleCommand,
  PutRolePermissionsBoundaryCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam';
import { same } from '../core/compare.ts';
import { bag, text, type Bag, type Kind } from '../core/kind.ts';
import { document, tagChange, tagList, tagMap, unlessGone, type Aws } from './api.ts';
import { attachedPolicies, inlinePolicyNames } from './role-policies.ts';

export const role: Kind<Aws> = {
  properties: {
    assumeRolePolicy: { as: 'policy', required: true },
    description: { as: 'string' },
    forceDetachPolicies: { as: 'boolean', default: false, unread: true },
    maxSessionDuration: { as: 'number', default: 3600 },
    name: { as: 'string', autoName: true, computed: true, replace: true },
    namePrefix: { as: 'string', computed: true, replace: true },
    path: { as: 'string', default: '/', replace: true },
    permissionsBoundary: { as: 'string' },
    tags: { as: 'map' },
    arn: { as: 'string', output: true },
    createDate: { as: 'string', output: true },
    tagsAll: { as: 'map', output: true },
    uniqueId: { as: 'string', output: true },
  },
  create: async ({ iam }, inputs) => {
    const name = text(inputs.name);
    await iam.send(
      new CreateRoleCommand({
        RoleName: name,
        AssumeRolePolicyDocument: text(inputs.assumeRolePolicy),
        Path: text(inputs.path),
        MaxSessionDuration: Number(inputs.maxSessionDuration),
        ...(inputs.description === undefined ? {} : { Description: text(inputs.description) }),
        ...(inputs.permissionsBoundary === undefined ? {} : { PermissionsBoundary: text(inputs.permissionsBoundary) }),
        Tags: tagList(inputs.tags),
      }),
    );
    return name;
  },
  read: readRole,
  update: updateRole,
  delete: async ({ iam }, id, state) => {
    if ((await unlessGone(iam.send(new GetRoleCommand({ RoleName: id })))) === undefined) return;
    // Without it AWS answers DeleteConflict while policies are there, and so does the real provider.
    if (state.forceDetachPolicies === true) await stripPolicies({ iam }, id);
    await unlessGone(iam.send(new DeleteRoleCommand({ RoleName: id })));
  },
};

async function readRole({ iam }: Pick<Aws, 'iam'>, id: string, state: Bag): Promise<Bag | undefined> {
  const found = (await unlessGone(iam.send(new GetRoleCommand({ RoleName: id }))))?.Role;
  if (found === undefined) return undefined;
  const tags = tagMap(found.Tags);
  return bag({
    arn: found.Arn,
    assumeRolePolicy: document(found.AssumeRolePolicyDocument),
    createDate: found.CreateDate?.toISOString().replace(/\.\d+Z$/, 'Z'),
    description: found.Description ?? '',
    maxSessionDuration: found.MaxSessionDuration ?? 3600,
    name: found.RoleName,
    namePrefix: text(state.namePrefix),
    path: found.Path,
    permissionsBoundary: found.PermissionsBoundary?.PermissionsBoundaryArn ?? '',
    tags,
    tagsAll: tags,
    uniqueId: found.RoleId,
  });
}

async function updateRole({ iam }: Pick<Aws, 'iam'>, RoleName: string, olds: Bag, news: Bag): Promise<void> {
  if (!same({ as: 'policy' }, olds.assumeRolePolicy, news.assumeRolePolicy)) {
    const PolicyDocument = text(news.assumeRolePolicy);
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
  }
  const [Description, MaxSessionDuration] = [text(news.description), Number(news.maxSessionDuration)];
  if (text(olds.description) !== Description || olds.maxSessionDuration !== MaxSessionDuration) {
    await iam.send(new UpdateRoleCommand({ RoleName, Description, MaxSessionDuration }));
  }
  const [before, boundary] = [text(olds.permissionsBoundary), text(news.permissionsBoundary)];
  if (boundary === '' && before !== '') await iam.send(new DeleteRolePermissionsBoundaryCommand({ RoleName }));
  if (boundary !== '' && boundary !== before) {
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundary }));
  }
  const { TagKeys, Tags } = tagChange(olds.tags, news.tags);
  if (TagKeys.length > 0) await iam.send(new UntagRoleCommand({ RoleName, TagKeys }));
  if (Tags.length > 0) await iam.send(new TagRoleCommand({ RoleName, Tags }));
}

async function stripPolicies({ iam }: Pick<Aws, 'iam'>, RoleName: string): Promise<void> {
  for (const PolicyArn of await attachedPolicies({ iam }, RoleName)) {
    await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));
  }
  for (const PolicyName of await inlinePolicyNames({ iam }, RoleName)) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  }
}

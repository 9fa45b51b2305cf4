/** aws:iam/openIdConnectProvider:OpenIdConnectProvider; its id is its ARN. */
import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  EntityAlreadyExistsException,
  GetOpenIDConnectProviderCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand,
  TagOpenIDConnectProviderCommand,
  UntagOpenIDConnectProviderCommand,
  UpdateOpenIDConnectProviderThumbprintCommand,
} from '@aws-sdk/client-iam';
import { same } from '../core/compare.ts';
import { text, texts, type Json, type Kind } from '../core/kind.ts';
import { tagChange, tagList, tagMap, unlessGone, type Aws } from './api.ts';

/** moto leaves out what AWS says beside the code. */
function explain(error: unknown): never {
  if (!(error instanceof EntityAlreadyExistsException)) throw error;
  throw new Error('creating IAM OIDC Provider: EntityAlreadyExists: Provider with this url already exists.');
}

/** IAM keeps the URL without its scheme; the provider compares it without. */
const withoutScheme = (url: Json): string => text(url).replace(/^https:\/\//, '');

export const openIdConnectProvider: Kind<Aws> = {
  properties: {
    url: {
      as: 'string',
      required: true,
      replace: true,
      same: (left, right) => withoutScheme(left) === withoutScheme(right),
    },
    clientIdLists: { as: 'set', required: true },
    thumbprintLists: { as: 'list', computed: true },
    tags: { as: 'map' },
    arn: { as: 'string', output: true },
    tagsAll: { as: 'map', output: true },
  },
  create: async ({ iam }, inputs) => {
    const answer = await iam
      .send(
        new CreateOpenIDConnectProviderCommand({
          Url: text(inputs.url),
          ClientIDList: texts(inputs.clientIdLists),
          ThumbprintList: texts(inputs.thumbprintLists),
          Tags: tagList(inputs.tags),
        }),
      )
      .catch(explain);
    return answer.OpenIDConnectProviderArn ?? '';
  },
  read: async ({ iam }, id) => {
    const found = await unlessGone(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })));
    if (found === undefined) return undefined;
    const tags = tagMap(found.Tags);
    return {
      arn: id,
      url: found.Url ?? '',
      clientIdLists: found.ClientIDList ?? [],
      thumbprintLists: found.ThumbprintList ?? [],
      tags,
      tagsAll: tags,
    };
  },
  update: async ({ iam }, id, olds, news) => {
    const provider = { OpenIDConnectProviderArn: id };
    const [before, after] = [texts(olds.clientIdLists), texts(news.clientIdLists)];
    for (const ClientID of after.filter((client) => !before.includes(client))) {
      await iam.send(new AddClientIDToOpenIDConnectProviderCommand({ ...provider, ClientID }));
    }
    for (const ClientID of before.filter((client) => !after.includes(client))) {
      await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand({ ...provider, ClientID }));
    }
    const thumbprints = news.thumbprintLists;
    if (thumbprints !== undefined && !same({ as: 'list' }, olds.thumbprintLists, thumbprints)) {
      const ThumbprintList = texts(thumbprints);
      await iam.send(new UpdateOpenIDConnectProviderThumbprintCommand({ ...provider, ThumbprintList }));
    }
    const { TagKeys, Tags } = tagChange(olds.tags, news.tags);
    if (TagKeys.length > 0) await iam.send(new UntagOpenIDConnectProviderCommand({ ...provider, TagKeys }));
    if (Tags.length > 0) await iam.send(new TagOpenIDConnectProviderCommand({ ...provider, Tags }));
  },
  delete: async ({ iam }, id) => {
    await unlessGone(iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: id })));
  },
};

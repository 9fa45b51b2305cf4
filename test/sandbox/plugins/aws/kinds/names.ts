/** Certificates, the proof of a name, and DNS. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { bag, text, texts, type Bag, type Json, type Kind } from '../../core/kind.ts';
import { tagList, tagMap, type Aws } from '../api.ts';
import { changeable, fixed, kept, outputs, unlessMissing } from '../table.ts';

export const certificate: Kind<Aws> = {
  properties: {
    ...fixed('string', 'domainName', 'validationMethod'),
    ...fixed('set', 'subjectAlternativeNames'),
    region: { as: 'string', replace: true, unread: true },
    ...changeable('map', 'tags'),
    ...outputs('string', 'arn'),
    ...outputs('list', 'domainValidationOptions'),
  },
  create: async (aws, inputs) => {
    const names = texts(inputs.subjectAlternativeNames);
    const { CertificateArn = '' } = await (
      await aws.use('acm', text(inputs.region))
    ).requestCertificate({
      DomainName: text(inputs.domainName),
      ValidationMethod: 'DNS',
      ...(names.length === 0 ? {} : { SubjectAlternativeNames: names }),
      Tags: tagList(inputs.tags),
    });
    return CertificateArn;
  },
  read: async (aws, arn, state) => {
    const acm = await aws.use('acm', text(state.region));
    const found = (await unlessMissing(acm.describeCertificate({ CertificateArn: arn })))?.Certificate;
    if (found === undefined) return undefined;
    const { Tags } = await acm.listTagsForCertificate({ CertificateArn: arn });
    const options = (found.DomainValidationOptions ?? []).map(({ DomainName, ResourceRecord }): Json =>
      bag({
        domainName: DomainName,
        resourceRecordName: ResourceRecord?.Name,
        resourceRecordType: ResourceRecord?.Type,
        resourceRecordValue: ResourceRecord?.Value,
      }),
    );
    return bag({
      domainName: found.DomainName,
      validationMethod: 'DNS',
      // The first name is among them, and the provider leaves it out.
      subjectAlternativeNames: (found.SubjectAlternativeNames ?? []).filter((name) => name !== found.DomainName),
      tags: tagMap((Tags ?? []).map(({ Key = '', Value = '' }) => ({ Key, Value }))),
      arn,
      domainValidationOptions: options,
    });
  },
  delete: async (aws, CertificateArn, state) => {
    await unlessMissing((await aws.use('acm', text(state.region))).deleteCertificate({ CertificateArn }));
  },
};

const LOOKS = 20;

/** Nothing of its own: it waits until the certificate is issued. */
export const certificateValidation: Kind<Aws> = {
  properties: {
    ...fixed('string', 'certificateArn'),
    ...kept('set', 'validationRecordFqdns'),
    region: { as: 'string', replace: true, unread: true },
  },
  create: async (aws, inputs) => {
    const CertificateArn = text(inputs.certificateArn);
    const acm = await aws.use('acm', text(inputs.region));
    for (let look = 0; look < LOOKS; look += 1) {
      const { Certificate } = await acm.describeCertificate({ CertificateArn });
      if (Certificate?.Status === 'ISSUED') return CertificateArn;
      await pause(100);
    }
    throw new Error(`${CertificateArn} is not issued`);
  },
  read: async (aws, certificateArn, state) => {
    const acm = await aws.use('acm', text(state.region));
    const found = await unlessMissing(acm.describeCertificate({ CertificateArn: certificateArn }));
    return found?.Certificate?.Status === 'ISSUED' ? { certificateArn } : undefined;
  },
  delete: () => Promise.resolve(),
};

const sameName = (left: Json, right: Json): boolean => text(left).replace(/\.$/, '') === text(right).replace(/\.$/, '');

export const record: Kind<Aws> = {
  properties: {
    ...fixed('string', 'zoneId', 'type'),
    name: { as: 'string', replace: true, same: sameName },
    ...changeable('set', 'records'),
    ...changeable('number', 'ttl'),
    ...changeable('list', 'aliases'),
    ...kept('boolean', 'allowOverwrite'),
    ...outputs('string', 'fqdn'),
  },
  create: async (aws, inputs) => {
    await change(aws, inputs.allowOverwrite === true ? 'UPSERT' : 'CREATE', inputs);
    return [inputs.zoneId, inputs.name, inputs.type].map((part) => text(part)).join('_');
  },
  read: async (aws, _id, state) => {
    const found = await recordOf(aws, state);
    if (found === undefined) return undefined;
    const { DNSName: name = '', HostedZoneId: zoneId = '', EvaluateTargetHealth } = found.AliasTarget ?? {};
    return bag({
      zoneId: text(state.zoneId),
      name: found.Name,
      type: found.Type,
      records: found.ResourceRecords?.map(({ Value = '' }) => Value),
      ttl: found.TTL,
      aliases:
        found.AliasTarget === undefined
          ? undefined
          : [{ name, zoneId, evaluateTargetHealth: EvaluateTargetHealth === true }],
      fqdn: found.Name?.replace(/\.$/, ''),
    });
  },
  update: (aws, _id, _olds, news) => change(aws, 'UPSERT', news),
  delete: async (aws, _id, state) => {
    if ((await recordOf(aws, state)) !== undefined) await change(aws, 'DELETE', state);
  },
};

async function recordOf(aws: Aws, state: Bag): Promise<ResourceRecordSet | undefined> {
  const request = { HostedZoneId: text(state.zoneId), StartRecordName: text(state.name) };
  const answer = await unlessMissing((await aws.use('route53')).listResourceRecordSets(request));
  return answer?.ResourceRecordSets?.find(
    ({ Name = '', Type }) => sameName(Name, state.name ?? '') && Type === state.type,
  );
}

async function change(aws: Aws, Action: 'CREATE' | 'UPSERT' | 'DELETE', inputs: Bag): Promise<void> {
  const [alias] = (inputs.aliases ?? []) as Bag[];
  const set = {
    Name: text(inputs.name),
    Type: text(inputs.type) as 'A',
    ...(inputs.ttl === undefined ? {} : { TTL: Number(inputs.ttl) }),
    ...(alias === undefined
      ? { ResourceRecords: texts(inputs.records).map((Value) => ({ Value })) }
      : {
          AliasTarget: {
            DNSName: text(alias.name),
            HostedZoneId: text(alias.zoneId),
            EvaluateTargetHealth: alias.evaluateTargetHealth === true,
          },
        }),
  };
  const ChangeBatch = { Changes: [{ Action, ResourceRecordSet: set }] };
  await (await aws.use('route53')).changeResourceRecordSets({ HostedZoneId: text(inputs.zoneId), ChangeBatch });
}

/** A world in which the stack `issuer` can be made, in the VPC that moto has, before a database that is there. */
import { EC2 } from '@aws-sdk/client-ec2';
import { DeleteOpenIDConnectProviderCommand } from '@aws-sdk/client-iam';
import { Route53 } from '@aws-sdk/client-route-53';
import { providerArn } from '../sandbox-tests/gate-support.ts';
import { type StackWorld, CLASSIC } from './world.ts';

/** Options of any client of moto's. */
export const clientOf = ({ gate: { moto } }: StackWorld) => ({
  endpoint: moto.url,
  region: 'eu-central-1',
  credentials: { accessKeyId: 't', secretAccessKey: 't' },
});

/** Arguments of the component, as `Pulumi.issuer.yaml` has them. */
export async function issuerArguments(world: StackWorld): Promise<Readonly<Record<string, unknown>>> {
  // The world has it from somebody else: here it is for the stack `aws` to make.
  const OpenIDConnectProviderArn = providerArn(CLASSIC);
  const ec2 = new EC2(clientOf(world));
  const [{ Vpcs = [] }, { Subnets = [] }, { HostedZone: zone }] = await Promise.all([
    ec2.describeVpcs({}),
    ec2.describeSubnets({}),
    new Route53(clientOf(world)).createHostedZone({ Name: 'gitpod.cloud', CallerReference: 'test' }),
    world.gate.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn })),
  ]);
  const subnets = Subnets.map(({ SubnetId }) => SubnetId);
  return {
    url: CLASSIC,
    zoneId: zone?.Id?.replace('/hostedzone/', ''),
    profiles: ['ona-v3'],
    admin: { allowFrom: ['203.0.113.0/24'], tokenSha256: '0'.repeat(64) },
    imageDigest: `sha256:${'a'.repeat(64)}`,
    database: { kind: 'given' },
    network: {
      vpcId: Vpcs[0]?.VpcId,
      cidr: Vpcs[0]?.CidrBlock,
      publicSubnetIds: subnets,
      privateSubnetIds: subnets,
    },
  };
}

/** A catalog with one entry at both targets, whose issuer is the one of another stack. @param vault the grant */
export const catalogOf = (vault: string): string => `issuers:
  kit: { profile: ona-v3, own: true, ca_file: ../ca.pem, vault_mount: jwt }
access:
  api:
    issuer: kit
    admit: { organization_id: acme, project_id: prj-1 }
    aws: { managed: [ReadOnlyAccess] }
    vault: { ${vault} }
`;

/** Every resource of AWS that the stand-in has: a table of type tokens, each with its calls of the SDK. */
import type { Kind } from '../core/kind.ts';
import type { Aws } from './api.ts';
import { listener, loadBalancer, targetGroup } from './kinds/balancer.ts';
import { cluster, repository, scalingPolicy, scalingTarget, service, taskDefinition } from './kinds/containers.ts';
import { cluster as databaseCluster, clusterInstance, instance, subnetGroup } from './kinds/database.ts';
import {
  bucket,
  bucketLifecycle,
  bucketPolicy,
  bucketVersioning,
  distribution,
  originAccessControl,
  publicAccessBlock,
} from './kinds/files.ts';
import { webAcl, webAclAssociation } from './kinds/firewall.ts';
import { key, secret, secretVersion } from './kinds/keys.ts';
import { certificate, certificateValidation, record } from './kinds/names.ts';
import {
  eip,
  internetGateway,
  natGateway,
  route,
  routeTable,
  routeTableAssociation,
  subnet,
  vpc,
} from './kinds/network.ts';
import { schedule } from './kinds/schedule.ts';
import { defaultSecurityGroup, egressRule, ingressRule, securityGroup } from './kinds/security-groups.ts';
import { logGroup, metricAlarm } from './kinds/watching.ts';
import { openIdConnectProvider } from './open-id-connect-provider.ts';
import { policy } from './policy.ts';
import {
  rolePoliciesExclusive,
  rolePolicy,
  rolePolicyAttachment,
  rolePolicyAttachmentsExclusive,
} from './role-policies.ts';
import { role } from './role.ts';

export const kinds: Readonly<Record<string, Kind<Aws>>> = {
  'aws:acm/certificate:Certificate': certificate,
  'aws:acm/certificateValidation:CertificateValidation': certificateValidation,
  'aws:appautoscaling/policy:Policy': scalingPolicy,
  'aws:appautoscaling/target:Target': scalingTarget,
  'aws:cloudfront/distribution:Distribution': distribution,
  'aws:cloudfront/originAccessControl:OriginAccessControl': originAccessControl,
  'aws:cloudwatch/logGroup:LogGroup': logGroup,
  'aws:cloudwatch/metricAlarm:MetricAlarm': metricAlarm,
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': defaultSecurityGroup,
  'aws:ec2/eip:Eip': eip,
  'aws:ec2/internetGateway:InternetGateway': internetGateway,
  'aws:ec2/natGateway:NatGateway': natGateway,
  'aws:ec2/route:Route': route,
  'aws:ec2/routeTable:RouteTable': routeTable,
  'aws:ec2/routeTableAssociation:RouteTableAssociation': routeTableAssociation,
  'aws:ec2/securityGroup:SecurityGroup': securityGroup,
  'aws:ec2/subnet:Subnet': subnet,
  'aws:ec2/vpc:Vpc': vpc,
  'aws:ecr/repository:Repository': repository,
  'aws:ecs/cluster:Cluster': cluster,
  'aws:ecs/service:Service': service,
  'aws:ecs/taskDefinition:TaskDefinition': taskDefinition,
  'aws:iam/openIdConnectProvider:OpenIdConnectProvider': openIdConnectProvider,
  'aws:iam/policy:Policy': policy,
  'aws:iam/role:Role': role,
  'aws:iam/rolePoliciesExclusive:RolePoliciesExclusive': rolePoliciesExclusive,
  'aws:iam/rolePolicy:RolePolicy': rolePolicy,
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': rolePolicyAttachment,
  'aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive': rolePolicyAttachmentsExclusive,
  'aws:kms/key:Key': key,
  'aws:lb/listener:Listener': listener,
  'aws:lb/loadBalancer:LoadBalancer': loadBalancer,
  'aws:lb/targetGroup:TargetGroup': targetGroup,
  'aws:rds/cluster:Cluster': databaseCluster,
  'aws:rds/clusterInstance:ClusterInstance': clusterInstance,
  'aws:rds/instance:Instance': instance,
  'aws:rds/subnetGroup:SubnetGroup': subnetGroup,
  'aws:route53/record:Record': record,
  'aws:s3/bucket:Bucket': bucket,
  'aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration': bucketLifecycle,
  'aws:s3/bucketPolicy:BucketPolicy': bucketPolicy,
  'aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock': publicAccessBlock,
  'aws:s3/bucketVersioning:BucketVersioning': bucketVersioning,
  'aws:scheduler/schedule:Schedule': schedule,
  'aws:secretsmanager/secret:Secret': secret,
  'aws:secretsmanager/secretVersion:SecretVersion': secretVersion,
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': egressRule,
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': ingressRule,
  'aws:wafv2/webAcl:WebAcl': webAcl,
  'aws:wafv2/webAclAssociation:WebAclAssociation': webAclAssociation,
};

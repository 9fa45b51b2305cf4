/** What every part of a `TokenIssuer` is made in. */

import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import type { IssuerPlan } from './plan.ts';

export interface Surroundings {
  /** Of the component: names of its children begin with it. */
  readonly name: string;
  readonly parent: pulumi.ComponentResource;
  readonly plan: IssuerPlan;
  readonly account: pulumi.Output<string>;
  readonly partition: pulumi.Output<string>;
  readonly region: pulumi.Output<string>;
}

export function surroundings(name: string, plan: IssuerPlan, parent: pulumi.ComponentResource): Surroundings {
  const options = { parent };
  return {
    name,
    parent,
    plan,
    account: aws.getCallerIdentityOutput({}, options).accountId,
    partition: aws.getPartitionOutput({}, options).partition,
    region: aws.getRegionOutput({}, options).region,
  };
}

/** A policy document whose values are known later. */
export function policyJson(...statements: pulumi.Input<object>[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: '2012-10-17', Statement: statements });
}

/** A limit for each address at the token endpoint, and nowhere else: discovery and keys are for everybody, always. */

import * as aws from '@pulumi/aws';
import type { Surroundings } from './surroundings.ts';

/** How the paths of the token endpoint end, below the issuer's URL or an organization's. */
const TOKEN_ENDPOINTS = ['/token', '/id-token'];

/** As the issuer's router reads a path: `/%74oken` and `/x/../token` are the token endpoint too. */
const TRANSFORMATIONS = [
  { priority: 0, type: 'URL_DECODE' },
  { priority: 1, type: 'NORMALIZE_PATH' },
];

export function makeFirewall({ name, parent, plan }: Surroundings, scope: 'REGIONAL' | 'CLOUDFRONT'): aws.wafv2.WebAcl {
  const shown = (metricName: string) => ({ metricName, cloudwatchMetricsEnabled: true, sampledRequestsEnabled: false });
  return new aws.wafv2.WebAcl(
    `${name}-firewall`,
    {
      scope,
      // Those of CloudFront are there alone.
      ...(scope === 'CLOUDFRONT' ? { region: 'us-east-1' } : {}),
      defaultAction: { allow: {} },
      rules: [
        {
          name: 'token-endpoint',
          priority: 0,
          action: { block: { customResponse: { responseCode: 429 } } },
          statement: {
            rateBasedStatement: {
              aggregateKeyType: 'IP',
              evaluationWindowSec: 300,
              limit: plan.tokenRequestsPer5Minutes,
              scopeDownStatement: {
                orStatement: {
                  statements: TOKEN_ENDPOINTS.map((searchString) => ({
                    byteMatchStatement: {
                      fieldToMatch: { uriPath: {} },
                      positionalConstraint: 'ENDS_WITH',
                      searchString,
                      textTransformations: TRANSFORMATIONS,
                    },
                  })),
                },
              },
            },
          },
          visibilityConfig: shown(`${name}-token-endpoint`),
        },
      ],
      visibilityConfig: shown(`${name}-firewall`),
    },
    { parent },
  );
}

export function guardBalancer(
  { name, parent }: Surroundings,
  firewall: aws.wafv2.WebAcl,
  balancer: aws.lb.LoadBalancer,
) {
  new aws.wafv2.WebAclAssociation(
    `${name}-firewall`,
    { webAclArn: firewall.arn, resourceArn: balancer.arn },
    { parent },
  );
}

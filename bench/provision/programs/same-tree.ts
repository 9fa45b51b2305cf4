/** What a component costs by itself: an empty one for each grant, with the children of the kit's. */
import * as aws from '@pulumi/aws';
import * as pulumi from '@pulumi/pulumi';
import * as vault from '@pulumi/vault';
import { type Literal, literalsOf, takeTask } from './task.ts';

class Access extends pulumi.ComponentResource {
  constructor(literal: Literal) {
    super('idp-kit-bench:index:Access', literal.name);
    new aws.iam.Role(`${literal.name}-role`, literal.aws, { parent: this });
    new vault.jwt.AuthBackendRole(`${literal.name}-role`, literal.vault, { parent: this });
    this.registerOutputs();
  }
}

for (const literal of literalsOf(takeTask())) new Access(literal);

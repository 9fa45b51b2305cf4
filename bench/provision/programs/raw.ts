/** No components: the raw resources alone. */
import * as aws from '@pulumi/aws';
import * as vault from '@pulumi/vault';
import { literalsOf, takeTask } from './task.ts';

for (const literal of literalsOf(takeTask())) {
  new aws.iam.Role(`${literal.name}-role`, literal.aws);
  new vault.jwt.AuthBackendRole(`${literal.name}-role`, literal.vault);
}

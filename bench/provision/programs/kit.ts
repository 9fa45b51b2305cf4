/** The kit: one component for each grant. */
import { FederatedAccess } from '../../../components/index.ts';
import { takeTask } from './task.ts';

const { grants, defaults = false } = takeTask();
const uuid = (number: number) => `019527e4-0000-7000-8000-${String(number).padStart(12, '0')}`;

for (let number = 1; number <= grants; number++) {
  new FederatedAccess(`grant-${number}`, {
    issuer: { profile: 'ona-v3' },
    admission: { claims: { organization_id: { equals: [uuid(0)] }, project_id: { equals: [uuid(number)] } } },
    aws: { accountId: '123456789012', ...(defaults ? {} : { exclusivePolicies: false }) },
    vault: { mount: 'jwt', grant: { policies: [`read-${number}`] } },
  });
}

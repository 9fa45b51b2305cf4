/** A document that can be reviewed, whichever of the formats it is in. */

import { type Problem, type Result, accept, problem, refuse } from '../../claims/problem.ts';
import { type Resource } from '../../trust/resource.ts';
import { readAwsJson } from './aws-json.ts';
import { readCloudFormation } from './cloudformation.ts';
import { readIssuerJson } from './issuer-json.ts';
import { memberAt } from './json.ts';
import { readPulumi } from './pulumi.ts';
import { readTerraform } from './terraform.ts';
import { readVaultJson } from './vault-json.ts';

/** The text of a document as a value. */
export type Parse = (text: string) => Result<unknown>;

type Reader = (document: unknown, file: string) => readonly Resource[] | undefined;

const READERS: readonly Reader[] = [
  readTerraform,
  readPulumi,
  readCloudFormation,
  readAwsJson,
  readVaultJson,
  readIssuerJson,
];

const WANTED =
  'it can be a trust policy, what aws iam or vault read print as JSON, a plan of Terraform (terraform show -json), a template of CloudFormation, pulumi stack export, pulumi preview --json, or a catalog';

export function readDocument(document: unknown, file: string): Result<readonly Resource[]> {
  for (const read of READERS) {
    const found = read(document, file);
    if (found !== undefined) return accept(found);
  }
  return refuse(nothingIn(file));
}

const nothingIn = (file: string): Problem => problem([], `${file} holds nothing that can be reviewed`, WANTED);

export function parseJson(text: string): Result<unknown> {
  try {
    return accept(JSON.parse(text) as unknown);
  } catch (error) {
    return refuse(problem([], `this is no JSON: ${error instanceof Error ? error.message : String(error)}`));
  }
}

/** Is it a catalog of this kit? */
export const isCatalog = (document: unknown): boolean =>
  memberAt(document, 'issuers') !== undefined && memberAt(document, 'access') !== undefined;

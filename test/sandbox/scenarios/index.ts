/** All lines, in the order of the documents. */
import { type Line } from '../scenario.ts';
import { classicAws } from './classic-aws.ts';
import { gitlabVault } from './gitlab-vault.ts';
import { onaAws } from './ona-aws.ts';
import { onaVault } from './ona-vault.ts';
import { refusals } from './refusals.ts';

export const LINES: readonly Line[] = [...onaVault, ...onaAws, ...classicAws, ...gitlabVault, ...refusals];

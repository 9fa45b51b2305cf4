// A local git repository with a branch that is to be reviewed.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Commits are the same whenever they are made. */
export const GIT_ENV = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_AUTHOR_DATE: '2026-11-21T12:00:00Z',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  GIT_COMMITTER_DATE: '2026-11-21T12:00:00Z',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
} as const;

export class Repository {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
  }

  git(...args: readonly string[]): string {
    const env = { ...process.env, ...GIT_ENV };
    return execFileSync('git', args, { cwd: this.path, env, encoding: 'utf8' }).trim();
  }

  write(file: string, content: string): void {
    mkdirSync(dirname(join(this.path, file)), { recursive: true });
    writeFileSync(join(this.path, file), content);
  }

  /** Commits all there is, and gives the commit. */
  commit(files: Readonly<Record<string, string>>, message = 'change'): string {
    for (const [file, content] of Object.entries(files)) this.write(file, content);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', `--message=${message}`);
    return this.git('rev-parse', 'HEAD');
  }

  /** What merging a branch into main would make, as the hosts check it out. */
  mergeOf(branch: string): string {
    this.git('checkout', '--quiet', '--detach', 'main');
    this.git('merge', '--quiet', '--no-ff', '--message=merge', branch);
    return this.git('rev-parse', 'HEAD');
  }
}

export const CATALOG = `issuers:
  gl: { profile: gitlab-id-token, url: https://gitlab.example.com, vault_mount: jwt }
  gh: { profile: github }
access:
  api:
    issuer: gl
    admit: { project_id: "22", ref_type: branch, ref: main }
    vault: { policies: [api-read], ttl: 10m, explicit_max_ttl: 1h }
  web:
    issuer: gl
    admit: { project_path: acme/web, ref_type: branch, ref: main }
    vault: { policies: [web], ttl: 10m, explicit_max_ttl: 1h }
  deploy:
    issuer: gh
    admit: { repository_id: "5", repository: acme/api, ref: refs/heads/main }
    aws: { inline: ./policies/data.json }
`;

export const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*' }],
});

/** The api's branches are more than one, its policies are others, and the deploy role is gone. */
export const WIDER = CATALOG.replace('ref: main }', 'ref: { like: "main*" } }')
  .replace('[api-read]', '[api-read, api-write]')
  .replace(/ {2}deploy:[^]*$/, '');

import { request } from 'undici';
import { expect, it } from 'vitest';
import { ENVIRONMENT } from '../issuer/issuer.ts';
import { CONFIG, HOSTS, exchangeForm, registerOver, runIssuer } from '../serve/running.ts';

it('counts what was issued and refused, and shows the keys, on a listener of its own', async () => {
  const running = await runIssuer({ config: `${CONFIG}metrics: { port: 0 }\n` });
  const { credential } = await registerOver(running, 'ona', { profile: 'ona-v3' }, ENVIRONMENT);
  await running.post(HOSTS.ona, '/token', exchangeForm(credential, 'a'));
  await running.post(HOSTS.ona, '/token', exchangeForm('idpk_x', 'a'));
  await running.get(HOSTS.ona, '/no/such/path');
  const reply = await request(`${running.metricsUrl ?? ''}/metrics`);
  const text = await reply.body.text();
  expect(reply.headers['content-type']).toContain('version=0.0.4');
  for (const line of [
    'idp_audit_entries_total{issuer="ona",kind="issued"} 1',
    'idp_audit_entries_total{issuer="ona",kind="refused"} 1',
    'idp_keys{issuer="classic",algorithm="ES256",state="active"} 1',
    'idp_http_request_duration_seconds_count{listener="public",method="POST",route="/token",status="200"} 1',
    'idp_http_request_duration_seconds_count{listener="public",method="GET",route="none",status="404"} 1',
  ]) {
    expect(text).toContain(line);
  }
  expect(text).toMatch(/idp_signing_key_age_seconds\{issuer="ona",algorithm="RS256"\} \d/);
  expect(text).not.toContain(credential);
  expect(await running.get(HOSTS.ona, '/metrics')).toMatchObject({ status: 404 });
});

import { describe, expect, it } from 'vitest';
import { type TrustSettings, readSettings } from '../../policy/settings.ts';

const SUPPRESSION = { rule: 'aws-audience', resource: 'aws:iam/role:Role::ci', reason: 'known', until: '2026-12-31' };

describe('settings', () => {
  it('become options of the rules', () => {
    const settings = {
      profile: 'ona-v3',
      tenants: ['acme', 'https://gitlab.com=acme'],
      maximumSession: 3600,
      maximumToken: 600,
      suppressions: [SUPPRESSION],
    };
    expect(readSettings(settings)).toEqual({
      lint: {
        otherwise: 'ona-v3',
        tenants: [{ tenant: 'acme' }, { issuer: 'https://gitlab.com', tenant: 'acme' }],
        maximum: { session: 3600, token: 600 },
      },
      suppressions: [{ ...SUPPRESSION, place: { file: 'policy configuration', resource: 'suppressions[0]' } }],
    });
    expect(readSettings({})).toEqual({ lint: { maximum: {} }, suppressions: [] });
  });

  it.each(['2026-02-30', '31.12.2026', '2026-1-1', ''])('take no day like %j', (until) => {
    expect(() => readSettings({ suppressions: [{ ...SUPPRESSION, until }] })).toThrow('is no day');
  });

  it('say everything that is wrong at once', () => {
    const wrong = {
      profil: 'ona-v3',
      profile: 'ona-v4',
      tenants: ['=acme'],
      maximumSession: 0.5,
      suppressions: [{ ...SUPPRESSION, rule: 'aws-audiense', reason: ' ' }],
    };
    expect(() => readSettings(wrong as TrustSettings)).toThrow(
      `the settings of the trust policies are wrong:
profil: there is no such setting (did you mean profile?)
profile: there is no profile \`ona-v4\` (did you mean ona-v2?)
tenants.0: \`=acme\` is no tenant (write acme, or https://gitlab.com=acme)
maximumSession: 0.5 is no whole number of seconds
suppressions.0.rule: there is no rule \`aws-audiense\` (did you mean aws-audience?)
suppressions.0.reason: say why it is accepted`,
    );
  });
});

// What stands in for STS: its replies in XML, on loopback.
import type { Answer } from '../support/server.ts';

const xml = (status: number, body: string): Answer => ({ status, headers: { 'content-type': 'text/xml' }, body });

export const EXPIRATION = '2026-11-21T12:00:00.000Z';

export const granted = (arn = 'arn:aws:sts::123456789012:assumed-role/deploy/session'): Answer =>
  xml(
    200,
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
      <AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>
      <Credentials><AccessKeyId>ASIANEW</AccessKeyId><SecretAccessKey>SECRETKEY/+</SecretAccessKey>
      <SessionToken>SESSIONTOKEN==</SessionToken><Expiration>${EXPIRATION}</Expiration></Credentials>
      </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
  );

export const refused = (status: number, code: string, message: string): Answer =>
  xml(
    status,
    `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  );

/** What the admin API does: one row for each route, from which both the routes and the OpenAPI document are made. */

import { type z } from 'zod';
import * as answers from './answers.ts';
import { auditQuery, organizationsQuery, registrationsQuery } from './queries.ts';
import { configurationBody, previewBody, registrationBody } from './requests.ts';

interface Answer {
  readonly what: string;
  /** Undefined: the answer has no body. */
  readonly schema?: z.ZodType;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Operation {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/admin`, with parameters in braces. */
  readonly path: string;
  readonly summary: string;
  /** What a reader may do too. */
  readonly access: 'read' | 'change';
  readonly query?: z.ZodObject;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: z.ZodType;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses of its own, beside those that every operation may have. */
  readonly problems: readonly number[];
}

const ORGANIZATIONS = '/issuers/{issuer}/organizations';
const KEYS = '/issuers/{issuer}/keys';

const ETAG = { ETag: 'Its version, in quotes.' };
const CHANGED_KEYS = { 200: { what: 'The keys as they are now.', schema: answers.keys } };

export const OPERATIONS = {
  listOrganizations: {
    method: 'GET',
    path: ORGANIZATIONS,
    summary: 'The organizations of an issuer, in the order of their ids.',
    access: 'read',
    query: organizationsQuery,
    answers: { 200: { what: 'A page.', schema: answers.organizations } },
    problems: [404, 422],
  },
  getOrganization: {
    method: 'GET',
    path: `${ORGANIZATIONS}/{id}`,
    summary: 'An organization with its token configuration.',
    access: 'read',
    answers: { 200: { what: 'The organization.', schema: answers.organization, headers: ETAG } },
    problems: [404],
  },
  putOrganization: {
    method: 'PUT',
    path: `${ORGANIZATIONS}/{id}`,
    summary: 'Creates or changes an organization. One that is so already keeps its version.',
    access: 'change',
    headers: { 'If-Match': 'The ETag of the organization as the caller has read it.' },
    body: configurationBody,
    answers: { 200: { what: 'The organization as it is now.', schema: answers.organization, headers: ETAG } },
    problems: [404, 409, 412, 422],
  },
  previewSubjects: {
    method: 'POST',
    path: '/issuers/{issuer}/subject-preview',
    summary: 'What `iss`, `sub` and the life of tokens become under another token configuration. Changes nothing.',
    access: 'read',
    body: previewBody,
    answers: { 200: { what: 'The newest registrations, 100 at most.', schema: answers.previews } },
    problems: [404, 422],
  },
  listRegistrations: {
    method: 'GET',
    path: `${ORGANIZATIONS}/{id}/registrations`,
    summary: 'The registrations of an organization, the newest first.',
    access: 'read',
    query: registrationsQuery,
    answers: { 200: { what: 'A page.', schema: answers.registrations } },
    problems: [404, 422],
  },
  createRegistration: {
    method: 'POST',
    path: '/issuers/{issuer}/registrations',
    summary: 'Registers a workload.',
    access: 'change',
    headers: { 'Idempotency-Key': 'A string of 1 to 255 visible characters: for 24 h it registers once.' },
    body: registrationBody,
    answers: {
      200: { what: 'The key was used for the same request before: its registration.', schema: answers.registration },
      201: {
        what: 'The registration with its credential, which is shown this once.',
        schema: answers.newRegistration,
        headers: { Location: 'Where the registration is.' },
      },
    },
    problems: [404, 409, 422],
  },
  getRegistration: {
    method: 'GET',
    path: '/registrations/{id}',
    summary: 'A registration, without its credential.',
    access: 'read',
    answers: { 200: { what: 'The registration.', schema: answers.registration } },
    problems: [404],
  },
  deleteRegistration: {
    method: 'DELETE',
    path: '/registrations/{id}',
    summary: 'Revokes a registration: it gets no more tokens.',
    access: 'change',
    answers: { 204: { what: 'It is revoked.' } },
    problems: [404],
  },
  listKeys: {
    method: 'GET',
    path: KEYS,
    summary: 'The keys of an issuer with their states.',
    access: 'read',
    answers: { 200: { what: 'The keys.', schema: answers.keys } },
    problems: [404],
  },
  rotateKeys: {
    method: 'POST',
    path: `${KEYS}/rotate`,
    summary: 'A new key: published first, signing later.',
    access: 'change',
    answers: CHANGED_KEYS,
    problems: [404, 409],
  },
  replaceKeys: {
    method: 'POST',
    path: `${KEYS}/replace`,
    summary: 'Emergency: every key leaves the JWKS at once, and a new one signs.',
    access: 'change',
    answers: CHANGED_KEYS,
    problems: [404, 409],
  },
  resealKeys: {
    method: 'POST',
    path: `${KEYS}/reseal`,
    summary: 'Private keys are sealed again as new ones are.',
    access: 'change',
    answers: { 200: { what: 'The kids of the keys that were sealed again.', schema: answers.resealed } },
    problems: [404, 409],
  },
  listAudit: {
    method: 'GET',
    path: '/audit',
    summary: 'Issues, refusals and changes, the newest first.',
    access: 'read',
    query: auditQuery,
    answers: { 200: { what: 'A page.', schema: answers.audit } },
    problems: [422],
  },
  getOpenApi: {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document.',
    access: 'read',
    answers: { 200: { what: 'An OpenAPI 3.1 document.', schema: answers.document } },
    problems: [],
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof OPERATIONS;

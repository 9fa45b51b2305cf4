/** Spans for what requests wait for: the store, signatures, and AWS KMS. */

import { SpanKind } from '@opentelemetry/api';
import { type Custody } from '../../keys/custody.ts';
import { type Kms } from '../../keys/kms/port.ts';
import { type Store } from '../../store/store.ts';
import { type StoreConfig } from '../store/shape.ts';
import { type Spans, eachAround } from './spans.ts';

/** By the conventions for databases: the operation and what it is on, never a statement or its values. */
export function traceStore(spans: Spans, store: Store, config: StoreConfig): Store {
  const system = 'sqlite' in config ? 'sqlite' : 'postgresql';
  const kind = system === 'sqlite' ? SpanKind.INTERNAL : SpanKind.CLIENT;
  const traced = <T extends object>(collection: string, queries: T): T =>
    eachAround(spans, queries, (operation) => {
      const database = { 'db.system.name': system, 'db.collection.name': collection, 'db.operation.name': operation };
      return { name: `${operation} ${collection}`, options: { kind, attributes: database } };
    });
  return {
    keys: traced('keys', store.keys),
    organizations: traced('organizations', store.organizations),
    registrations: traced('registrations', store.registrations),
    idempotency: traced('idempotency', store.idempotency),
    audit: traced('audit', store.audit),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

export function traceCustody(spans: Spans, custody: Custody): Custody {
  return {
    create: (wanted) => custody.create(wanted),
    holds: (handle) => custody.holds(handle),
    open: async (key, handle) => {
      const sign = await custody.open(key, handle);
      const attributes = { 'idp.issuer': key.issuer, 'idp.key.id': key.kid, 'idp.key.algorithm': key.algorithm };
      return (bytes) => spans.around('sign', { attributes }, () => sign(bytes));
    },
    reseal: (key, handle) => custody.reseal(key, handle),
  };
}

/** What AWS calls them. */
const ACTIONS: Readonly<Record<keyof Kms, string>> = {
  describe: 'DescribeKey',
  publicKey: 'GetPublicKey',
  sign: 'Sign',
  createKey: 'CreateKey',
  dataKey: 'GenerateDataKey',
  openDataKey: 'Decrypt',
};

export function traceKms(spans: Spans, kms: Kms): Kms {
  return eachAround(spans, kms, (method) => {
    const action = ACTIONS[method as keyof Kms];
    const attributes = { 'rpc.system': 'aws-api', 'rpc.service': 'KMS', 'rpc.method': action };
    return { name: `KMS/${action}`, options: { kind: SpanKind.CLIENT, attributes } };
  });
}

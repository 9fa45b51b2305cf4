/**
 * Puts a stand-in plugin on the wire: the gRPC service that the Pulumi engine speaks to (pulumi/proto/pulumi/provider.proto).
 * `@pulumi/pulumi/provider` serves one too, but keeps the configuration and the preview flag to itself, and then an update
 * cannot say what stays known.
 */
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import type { Empty as EmptyMessage } from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Struct as StructMessage } from 'google-protobuf/google/protobuf/struct_pb.js';
import pluginProto from '@pulumi/pulumi/proto/plugin_pb.js';
import proto from '@pulumi/pulumi/proto/provider_pb.js';
import service from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import { check } from './check.ts';
import { diff, type Change } from './diff.ts';
import { hasUnknown, type Bag, type Kind } from './kind.ts';
import { create, foresee, read, update } from './lifecycle.ts';
import { functionOf, kindOf, sdkVersion, type Plugin } from './plugin.ts';

// These two are dependencies of @pulumi/pulumi, not ours: they are taken from where it finds them.
const require = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc = require('@grpc/grpc-js') as typeof Grpc;
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js') as { Empty: new () => EmptyMessage };
const { Struct } = require('google-protobuf/google/protobuf/struct_pb.js') as {
  Struct: { fromJavaScript(value: Bag): StructMessage };
};

const { DiffResponse, PropertyDiff } = proto;

export interface ServeOptions<Api> {
  readonly plugin: Plugin<Api>;
  /** Told the port once it listens; the engine reads it from the plugin's first line of output. */
  readonly ready: (port: number) => void;
}

export function serve<Api>({ plugin, ready }: ServeOptions<Api>): void {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
  const session: Session<Api> = { plugin, api: undefined };
  const implementation = { ...aboutPlugin(session), ...aboutPlans(session), ...aboutResources(session) };
  server.addService(service.ResourceProviderService, implementation);
  server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    ready(port);
  });
}

interface Session<Api> {
  readonly plugin: Plugin<Api>;
  /** Nothing until configured, and nothing in a preview where the configuration itself is not known yet. */
  api: Api | undefined;
}

function connected<Api>({ api, plugin }: Session<Api>): Api {
  if (api === undefined) throw new Error(`pulumi-resource-${plugin.name} is used before it is configured`);
  return api;
}

function aboutPlugin<Api>(session: Session<Api>): Grpc.UntypedServiceImplementation {
  const { plugin } = session;
  return {
    getPluginInfo: unary(() => {
      const info = new pluginProto.PluginInfo();
      info.setVersion(sdkVersion(plugin.name));
      return info;
    }),
    getSchema: unary(() =>
      new proto.GetSchemaResponse().setSchema(JSON.stringify({ name: plugin.name, version: sdkVersion(plugin.name) })),
    ),
    checkConfig: unary((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new DiffResponse()),
    configure: unary((request: proto.ConfigureRequest) => {
      const config = bagOf(request.getArgs());
      if (!hasUnknown(config)) session.api = plugin.connect(config);
      // Secrets and outputs are left to the engine: it hands over plain values and marks the answers secret again by name.
      return new proto.ConfigureResponse().setSupportspreview(true);
    }),
    invoke: unary(async (request: proto.InvokeRequest) => {
      const call = functionOf(plugin, request.getTok());
      return new proto.InvokeResponse().setReturn(structOf(await call(connected(session), bagOf(request.getArgs()))));
    }),
    cancel: unary(() => new Empty()),
    attach: unary(() => new Empty()),
  };
}

/** What the engine asks before anything is done. */
function aboutPlans<Api>(session: Session<Api>): Grpc.UntypedServiceImplementation {
  return {
    check: unary((request: proto.CheckRequest) => {
      const named = parseUrn(request.getUrn());
      const [olds, news] = [bagOf(request.getOlds()), bagOf(request.getNews())];
      const { inputs, failures } = check(kindIn(session, request), { ...named, olds, news, randomHex });
      const messages = failures.map(({ property, reason }) =>
        new proto.CheckFailure().setProperty(property).setReason(reason),
      );
      return new proto.CheckResponse().setInputs(structOf(inputs)).setFailuresList(messages);
    }),
    diff: unary((request: proto.DiffRequest) => {
      const found = diff(kindIn(session, request), bagOf(request.getOlds()), bagOf(request.getNews()));
      return diffResponse(found.changes).setDeletebeforereplace(found.deleteBeforeReplace);
    }),
  };
}

function aboutResources<Api>(session: Session<Api>): Grpc.UntypedServiceImplementation {
  return {
    create: unary(async (request: proto.CreateRequest) => {
      const [kind, inputs] = [kindIn(session, request), bagOf(request.getProperties())];
      const response = new proto.CreateResponse();
      if (request.getPreview()) return response.setProperties(structOf(foresee(kind, {}, inputs)));
      const { id, state } = await create(kind, connected(session), inputs);
      return response.setId(id).setProperties(structOf(state));
    }),
    read: unary(async (request: proto.ReadRequest) => {
      const known = { state: bagOf(request.getProperties()), inputs: bagOf(request.getInputs()) };
      const found = await read(kindIn(session, request), connected(session), request.getId(), known);
      // No id means: it is gone.
      if (found === undefined) return new proto.ReadResponse();
      const { id, state, inputs } = found;
      return new proto.ReadResponse().setId(id).setProperties(structOf(state)).setInputs(structOf(inputs));
    }),
    update: unary(async (request: proto.UpdateRequest) => {
      const [olds, news] = [bagOf(request.getOlds()), bagOf(request.getNews())];
      const kind = kindIn(session, request);
      const state = request.getPreview()
        ? foresee(kind, olds, news)
        : await update(kind, connected(session), request.getId(), olds, news);
      return new proto.UpdateResponse().setProperties(structOf(state));
    }),
    delete: unary(async (request: proto.DeleteRequest) => {
      const state = bagOf(request.getProperties());
      await kindIn(session, request).delete(connected(session), request.getId(), state);
      return new Empty();
    }),
  };
}

const kindIn = <Api>({ plugin }: Session<Api>, request: { getUrn(): string }): Kind<Api> =>
  kindOf(plugin, parseUrn(request.getUrn()).type);

const KINDS = {
  add: [PropertyDiff.Kind.ADD, PropertyDiff.Kind.ADD_REPLACE],
  delete: [PropertyDiff.Kind.DELETE, PropertyDiff.Kind.DELETE_REPLACE],
  update: [PropertyDiff.Kind.UPDATE, PropertyDiff.Kind.UPDATE_REPLACE],
} as const;

function diffResponse(changes: readonly Change[]): proto.DiffResponse {
  const { DIFF_NONE, DIFF_SOME } = DiffResponse.DiffChanges;
  const response = new DiffResponse().setChanges(changes.length === 0 ? DIFF_NONE : DIFF_SOME).setHasdetaileddiff(true);
  response.setDiffsList(changes.map(({ name }) => name));
  response.setReplacesList(changes.filter(({ replace }) => replace).map(({ name }) => name));
  for (const { name, kind, replace } of changes) {
    response.getDetaileddiffMap().set(name, new PropertyDiff().setKind(KINDS[kind][replace ? 1 : 0]));
  }
  return response;
}

function unary<Request, Response>(
  handle: (request: Request) => Response | Promise<Response>,
): Grpc.handleUnaryCall<Request, Response> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(handle)
      .then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback({ code: grpc.status.UNKNOWN, details: error instanceof Error ? error.message : String(error) });
        },
      );
  };
}

const randomHex = (digits: number): string => randomBytes(digits).toString('hex').slice(0, digits);

/** `urn:pulumi:stack::project::parent$type::name` */
function parseUrn(urn: string): { type: string; name: string } {
  const [, , types = '', ...name] = urn.split('::');
  return { type: types.slice(types.lastIndexOf('$') + 1), name: name.join('::') };
}

const bagOf = (struct: StructMessage | undefined): Bag => (struct === undefined ? {} : struct.toJavaScript());
const structOf = (value: Bag): StructMessage => Struct.fromJavaScript(value);

/**
 * `node provider.ts NAME`: a provider that has nothing behind it. It takes all inputs, and makes a resource by giving its name back as
 * its id, so that what a run costs is the engine's and the program's. Messages go back as they came, without a look into them.
 */
import { createRequire } from 'node:module';
import type * as Grpc from '@grpc/grpc-js';
import type { Empty as EmptyMessage } from 'google-protobuf/google/protobuf/empty_pb.js';
import pluginProto from '@pulumi/pulumi/proto/plugin_pb.js';
import service from '@pulumi/pulumi/proto/provider_grpc_pb.js';
import proto from '@pulumi/pulumi/proto/provider_pb.js';
import { sdkVersion } from '../../test/sandbox/plugins/core/plugin.ts';

// These two are dependencies of @pulumi/pulumi, not ours: they are taken from where it finds them.
const require = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'));
const grpc = require('@grpc/grpc-js') as typeof Grpc;
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js') as { Empty: new () => EmptyMessage };

const [name = ''] = process.argv.slice(2);

const unary =
  <Request, Response>(answer: (request: Request) => Response): Grpc.handleUnaryCall<Request, Response> =>
  (call, callback) => {
    callback(null, answer(call.request));
  };

const nameIn = (urn: string): string => urn.slice(urn.lastIndexOf('::') + 2);

const check = unary((request: proto.CheckRequest) => new proto.CheckResponse().setInputs(request.getNews()));

const server = new grpc.Server({ 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 });
server.addService(service.ResourceProviderService, {
  getPluginInfo: unary(() => new pluginProto.PluginInfo().setVersion(sdkVersion(name))),
  checkConfig: check,
  diffConfig: unary(() => new proto.DiffResponse()),
  configure: unary(() => new proto.ConfigureResponse().setSupportspreview(true)),
  check,
  create: unary((request: proto.CreateRequest) => {
    const response = new proto.CreateResponse().setProperties(request.getProperties());
    return request.getPreview() ? response : response.setId(nameIn(request.getUrn()));
  }),
  delete: unary(() => new Empty()),
  cancel: unary(() => new Empty()),
} satisfies Grpc.UntypedServiceImplementation);
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  process.stdout.write(`${port}\n`);
});

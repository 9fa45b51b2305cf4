// How clients of AWS are made: endpoint, certificates and proxy by the variables of the AWS CLI.
import { Agent } from 'node:https';
import { isLoopback, secureAddress } from '../address.ts';
import { trustedCertificates } from '../certificates.ts';
import { setting, type Environment } from '../environment.ts';

/** AWS_ENDPOINT_URL_<SERVICE>, else AWS_ENDPOINT_URL; undefined for the service's own. */
export function endpointOf(service: 'STS' | 'IAM' | 'S3', env: Environment): URL | undefined {
  const variable = [`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL'].find((name) => setting(env, name) !== undefined);
  return variable === undefined ? undefined : secureAddress(setting(env, variable) ?? '', variable);
}

/** Settings of any client of the SDK. */
export async function clientSettings(region: string, endpoint: URL | undefined, env: Environment) {
  const ca = await trustedCertificates(env, [{ variable: 'AWS_CA_BUNDLE', kind: 'file' }]);
  const local = endpoint !== undefined && isLoopback(endpoint);
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    maxAttempts: 2,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 5_000,
      requestTimeout: 20_000,
      throwOnRequestTimeout: true,
      // `proxyEnv` (Node 22.21, 24.5) follows HTTPS_PROXY and NO_PROXY, which the SDK by itself does not.
      httpsAgent: new Agent({ ...(ca === undefined ? {} : { ca }), ...(local ? {} : { proxyEnv: { ...env } }) }),
    },
  };
}

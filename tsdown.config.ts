import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    express: 'src/adapters/http/express.ts',
    koa: 'src/adapters/http/koa.ts',
    testing: 'src/testing/index.ts',
    bridge: 'src/bridge/index.ts',
  },
  format: ['esm', 'cjs'],
  platform: 'node',
  target: 'node20',
  dts: true,
  fixedExtension: true,
  outDir: 'dist',
})

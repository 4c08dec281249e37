// Measures the time to load in a fresh process: `node cold.mjs import|require ours|packages`. Prints milliseconds.
import { createRequire } from 'node:module'

const [, , how, what] = process.argv
const load = how === 'require' ? createRequire(import.meta.url) : (name) => import(name)
/** The packages that any app of this kind has to import. */
const PACKAGES = ['express', 'aedes', 'jsonwebtoken', 'zod', 'ejs', 'ws']

const began = performance.now()
if (what === 'packages') for (const name of PACKAGES) await load(name)
else {
  const { djiCloud } = await load('dji-cloud/express')
  djiCloud({ mqtt: { port: 0 } })
}
const took = performance.now() - began
process.send({ took }, () => process.exit(0))

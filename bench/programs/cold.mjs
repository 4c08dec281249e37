// Import and construct in a process that has done nothing else: `node cold.mjs import|require`. Says milliseconds.
import { createRequire } from 'node:module'

const load = process.argv[2] === 'require' ? createRequire(import.meta.url) : (name) => import(name)
const began = performance.now()
const { djiCloud } = await load('dji-cloud/express')
djiCloud({ mqtt: { port: 0 } })
const took = performance.now() - began
process.send({ took }, () => process.exit(0))

import { runDemo } from './demo.ts'

console.log('dji-cloud with a virtual Pilot:')
const complete = await runDemo(console.log)
console.log(complete ? 'Each step happened.' : 'Not every step happened.')
process.exitCode = complete ? 0 : 1

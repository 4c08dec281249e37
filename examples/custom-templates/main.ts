// tsx examples/custom-templates/main.ts [texts|language|theme|partial|page|render|apps]
import { serve } from '../serve.ts'
import { buildApp, steps } from './app.ts'

const step = process.argv[2] ?? 'page'
if (!Object.hasOwn(steps, step))
  throw new Error(`There is no step ${step}; there are ${Object.keys(steps).join(', ')}.`)
const { app, cloud } = buildApp(step as keyof typeof steps)
await serve(app, cloud)

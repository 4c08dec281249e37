// tsx examples/frontend-vue/main.ts
import { serve } from '../serve.ts'
import { buildApp } from './app.ts'
import { buildFront } from './build.ts'

const { app, cloud } = buildApp(await buildFront())
await serve(app, cloud)
console.log('The front end is at /front instead of /pilot.')

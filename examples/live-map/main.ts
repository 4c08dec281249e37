// npx tsx examples/live-map/main.ts, then open / and log in as `ada` (fake-password), or open /pilot on a controller.
import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'

const { app, cloud } = buildApp({
  mqtt: settings.mqttPort,
  users: [
    { username: 'ada', password: 'fake-password', role: 'web' },
    { username: 'pilot', password: 'fake-password' },
  ],
})
await serve(app, cloud)

// npx tsx examples/sso/main.ts, then log in as "Ada Example" with the password "a-fake-password".
import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'

const { app, cloud } = buildApp({ mqtt: settings.mqttPort })
await serve(app, cloud)

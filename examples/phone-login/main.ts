// npx tsx examples/phone-login/main.ts, then open the access link of this machine's address in the network on a controller, or the
// simulator. Scan the code with a phone in the same network, and log in there as "Ada Example" with the password "a-fake-password".
import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'

const { app, cloud } = buildApp({ mqtt: settings.mqttPort })
await serve(app, cloud)

// npx tsx examples/second-step/main.ts, then scan the address with an authenticator and log in as ada.
import { serve, settings } from '../serve.ts'
import { ADA, buildApp } from './app.ts'

const { app, cloud, authenticator } = await buildApp({ mqtt: settings.mqttPort })
console.info(`${ADA.username} has the password "${ADA.password}" and this authenticator: ${authenticator}`)
await serve(app, cloud)

// npx tsx examples/oidc/main.ts, then log in as "ada" with the password "a-fake-password".
// With a provider of your own, set DJI_CLOUD_OIDC_ISSUER, DJI_CLOUD_OIDC_CLIENT_ID and DJI_CLOUD_OIDC_CLIENT_SECRET.
import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'
import { CLIENT, startProvider } from './provider.ts'

const own = process.env.DJI_CLOUD_OIDC_ISSUER !== undefined
const provider = own ? null : await startProvider({ port: Number(process.env.PROVIDER_PORT ?? 3001) })
const { app, cloud } = buildApp(
  { mqtt: settings.mqttPort },
  provider === null ? {} : { issuer: provider.issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret },
)
await serve(app, cloud)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void provider?.close())

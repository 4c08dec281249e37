import { serve, settings } from '../serve.ts'
import { buildApp } from './app.ts'

const { app, cloud } = buildApp({ mqtt: settings.mqttPort }, settings.mount)
cloud.on('gateway.online', ({ gateway }) => console.log(`controller ${gateway} is online`))
cloud.on('aircraft.online', ({ aircraft, model }) =>
  console.log(`${model.name ?? model.key} ${aircraft} is online`),
)
cloud.on('aircraft.offline', ({ aircraft, reason }) => console.log(`${aircraft} is offline: ${reason}`))
cloud.on('gateway.offline', ({ gateway, reason }) =>
  console.log(`controller ${gateway} is offline: ${reason}`),
)
await serve(app.callback(), cloud)

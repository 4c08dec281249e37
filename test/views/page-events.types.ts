// Compiled with the DOM (tsconfig.browser.json), never run: how a script in TypeScript listens to the page.
import type { DjiCloudPage } from '../../src/bridge/index.ts'

declare const djiCloudPage: DjiCloudPage

document.addEventListener('dji-cloud:state', ({ detail, target }) => {
  const tone: 'good' | 'busy' | 'bad' | 'idle' = detail.tone
  const battery: number | null | undefined = detail.situation?.aircraft[0]?.battery_percent
  const element: EventTarget | null = target
  console.log(tone, battery, element)
  // @ts-expect-error: no token and no licence in an event
  console.log(detail.bootstrap)
})
document.addEventListener('dji-cloud:finding', ({ detail: { id, active, title, pilot } }) => {
  console.log(id, active, title.length, pilot?.length)
})
document.addEventListener('dji-cloud:step', ({ detail: { id, status } }) => console.log(id, status))
console.log(djiCloudPage.state?.link, djiCloudPage.findings.length, djiCloudPage.steps[0]?.id)

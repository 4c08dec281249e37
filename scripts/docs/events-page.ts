import { type EventRow, eventTypes } from './event-rows.ts'

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``
const unbracketed = (type: string): string => type.replace(/^Readonly<(.*)>$/, '$1')

const line = ({ name, fields, meaning }: EventRow): string =>
  `| ${code(name)} | ${fields.map((field) => code(`${field.name}: ${unbracketed(field.type)}`)).join(', ')} | ${meaning.replaceAll('|', '\\|')} |`

export const eventsPage = ({ events, words } = eventTypes()): string => `# Events

Written by \`npm run docs\` from \`src/core/events.ts\` of the repository: change that file, not this page.

\`\`\`ts
import { createDjiCloud } from 'dji-cloud'

const cloud = createDjiCloud({ mqtt: { port: 0 } })
const stop = cloud.on('aircraft.online', ({ aircraft, model }) => console.log(aircraft, model.name ?? model.key))
stop() // this listener gets no more events
await cloud.close()
\`\`\`

Listeners are called one after the other, and their promises are not awaited. If one throws or rejects, the error is logged, and the others still get the event.
No event contains a password, a token or a field of the licence. With several nodes, each event comes once, at the node
where it happened. [devices.md](devices.md) says what counts as online.

| event | fields | when |
|---|---|---|
${events.map(line).join('\n')}

## Words
${words.map(({ name, values, meaning }) => `* \`${name}\`: \`${values}\`. ${meaning}`).join('\n')}
`

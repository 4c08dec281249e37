import { CALLS, type Call, OTHER_CALLS, PUSHES, type PushRow } from './demo/contract.ts'
import { KINDS, type Kind } from './demo/kinds.ts'
import { type Field, type Is, SHAPES, type Shape } from './demo/shapes.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|')
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`
const anchor = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-')

function titleOf(name: string): string {
  const { title } = SHAPES[name] ?? { title: name }
  return `[${title.replaceAll('`', '')}](#${anchor(title)})`
}

function inWords(is: Is): string {
  const kinds: readonly string[] = typeof is === 'string' ? [is] : is
  return kinds
    .map((kind) => {
      if (Object.hasOwn(KINDS, kind)) return KINDS[kind as Kind].label
      const [how, name = ''] = kind.split(':')
      return how === 'list' ? `list: ${titleOf(name)}` : titleOf(name)
    })
    .join(', or ')
}

const outcome = ({ status, code, data }: Call): string =>
  status === 200 && code === 0 ? inWords(data) : `${status}, code ${code}, ${inWords(data)}`

const callRow = (call: Call): string =>
  row(`\`${call.call}\``, call.when ?? '', outcome(call), call.demo ?? 'the same', call.why ?? '')

const pushRow = ({ push, to, of, data, demo, why }: PushRow): string =>
  row(
    `\`${push}\``,
    of,
    to === 'both' ? '`web`, `pilot`' : `\`${to}\``,
    inWords(data),
    demo ?? 'the same',
    why ?? '',
  )

const fieldRow = ({ name, demo, here, why }: Field): string =>
  row(name === '*' ? 'others' : `\`${name}\``, demo === '' ? 'none' : demo, inWords(here), why ?? '')

const shapeSection = ({ title, source, fields }: Shape): string => `### ${title}
In the demo: ${source}.

| field | the demo | here | why |
|---|---|---|---|
${fields.map(fieldRow).join('\n')}
`

export const demoContractPage = (): string => `# DJI's demo, answer by answer

Who needs this page: you have a front end that was written for DJI's published demo (its Java server, its Vue pages), and want to know which answers it gets here.

Written by \`npm run docs\` from \`scripts/docs/demo\` of the repository: change that folder, not this page. \`test/http/demo-contract.test.ts\` requests all of it from a running platform, over HTTP and
WebSocket, and fails on a field that is missing, of another kind, or not in these tables. The demo was read in its version 1.10, which is its last.

## Answers
Paths are below \`/manage/api/v1\`. Each answer is \`{code, message, data}\`; the code of a success is 0 and its message \`success\`.

Pilot itself makes only one of these calls: the one for the topologies. That call is never refused with a 200 ([facts](facts.md), C2).

A refusal in this table is HTTP 200 with a code, because the demo's front ends show the message of a 200, and only the number of any other status. With the header
\`x-dji-cloud-status: http\` it comes with its HTTP status and its own code. All other errors (a token, a field, a store) have their HTTP status.

| call | when | here | the demo | why |
|---|---|---|---|---|
${CALLS.map(callRow).join('\n')}

The platform also has these calls, which the demo does not have: ${OTHER_CALLS.map((call) => `\`${call}\``).join(', ')}. The demo has further calls for firmware, logs, health messages (\`hms\`), live streams, docks and users of a
workspace: your app can answer those.

## Pushes
Each is \`{biz_code, version: "1.0", timestamp, data}\`, \`timestamp\` in milliseconds.

| push | of | to | here | the demo | why |
|---|---|---|---|---|---|
${PUSHES.map(pushRow).join('\n')}

The demo has further pushes for docks, flight tasks, logs, firmware and map elements: a plugin can send them.

## What else its front end requests
Its map page requests the unread health messages of a device after each \`device_online\`, and shows a 404 as \`ERROR_CODE: 404\`. If your app has no such messages, answer with an empty list:

\`\`\`ts get=/demo
import { djiCloud } from 'dji-cloud/express'
import express from 'express'

const cloud = djiCloud({ mqtt: { port: 0 } })
const app = express()
app.use(cloud)
app.get('/manage/api/v1/devices/:workspace_id/devices/hms/:device_sn', cloud.requireAuth(), (_request, response) => {
  response.json({ code: 0, message: 'success', data: [] })
})
app.get('/demo', (_request, response) => void response.send('the demo, built')) // or express.static
app.listen(Number(process.env['PORT'] ?? 3000))
\`\`\`

## Fields
If the demo has no value, it leaves a field out. Here every field is present, unless the table says otherwise.

${Object.values(SHAPES).map(shapeSection).join('\n')}`

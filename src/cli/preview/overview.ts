import type { PreviewState } from './state.ts'
import type { TemplateFault } from './template-fault.ts'

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
}
const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one)

const STYLE = `
body { margin: 0; background: #dfe4ea; color: #0b1420; font: 16px/1.4 system-ui, sans-serif }
header { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 16px; align-items: center; padding: 10px 16px; background: #fff; border-bottom: 1px solid #b9c2cc }
header h1 { margin: 0; font-size: 18px }
label { display: flex; gap: 6px; align-items: center }
select, input { font: inherit; padding: 4px 8px }
#news { margin-left: auto; color: #3d4c5e }
#news[data-kind="bad"] { color: #b3121d; font-weight: 700 }
#warnings { margin: 0; padding: 12px 16px 12px 36px; background: #fff1c2 }
#warnings:empty { display: none }
main { display: flex; flex-wrap: wrap; gap: 20px; padding: 20px }
figure { margin: 0 }
figcaption { margin-bottom: 6px; font-weight: 700 }
figcaption a { color: inherit }
.window { overflow: hidden; border: 1px solid #8496ab; border-radius: 6px; background: #fff }
iframe { border: 0; transform-origin: 0 0 }
[hidden] { display: none !important }`

/** ES2020, for the browser of a developer. */
const SCRIPT = `
const sizes = { '1280x720': [1280, 720], '960x540': [960, 540], '640x360': [640, 360], '1920x1080': [1920, 1080] }
const SHOWN = 420
const byId = (id) => document.getElementById(id)
const addressOf = (name) => '/frame/' + name + '?language=' + byId('language').value + '&theme=' + byId('theme').value
function layOut() {
  const [width, height] = sizes[byId('size').value]
  const scale = SHOWN / width
  const wanted = byId('only').value.trim()
  for (const figure of document.querySelectorAll('figure')) {
    const name = figure.dataset.state
    figure.hidden = wanted !== '' && !name.includes(wanted)
    const frame = figure.querySelector('iframe')
    frame.width = width
    frame.height = height
    frame.style.transform = 'scale(' + scale + ')'
    figure.querySelector('.window').style.width = SHOWN + 'px'
    figure.querySelector('.window').style.height = height * scale + 'px'
    figure.querySelector('a').href = addressOf(name)
  }
}
function load() {
  for (const figure of document.querySelectorAll('figure')) figure.querySelector('iframe').src = addressOf(figure.dataset.state)
}
for (const id of ['size', 'only']) byId(id).addEventListener('input', layOut)
for (const id of ['language', 'theme']) byId(id).addEventListener('input', () => { layOut(); load() })
async function warn() {
  const warnings = await (await fetch('/warnings')).json()
  byId('warnings').replaceChildren(...warnings.map((text) => Object.assign(document.createElement('li'), { textContent: text })))
}
const events = new EventSource('/events')
events.addEventListener('change', ({ data }) => {
  byId('news').textContent = JSON.parse(data).file + ' · ' + new Date().toLocaleTimeString()
  byId('news').dataset.kind = ''
  load()
  void warn()
})
events.addEventListener('open', () => document.body.setAttribute('data-live', 'true'))
events.addEventListener('error', () => {
  byId('news').textContent = 'The preview has ended. Start it again in your terminal.'
  byId('news').dataset.kind = 'bad'
})
layOut()
load()
void warn()`

export interface Overview {
  readonly states: readonly PreviewState[]
  readonly languages: readonly string[]
  readonly language: string
  readonly nonce: string
}

/** The page with all frames. */
export const overviewHtml = ({ states, languages, language, nonce }: Overview): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Preview of the pages · dji-cloud</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header>
<h1>Preview of the pages</h1>
<label>Language <select id="language">${languages
  .map((one) => `<option${one === language ? ' selected' : ''}>${escaped(one)}</option>`)
  .join('')}</select></label>
<label>Theme <select id="theme"><option>auto</option><option>light</option><option>dark</option></select></label>
<label>Size <select id="size"><option>1280x720</option><option>960x540</option><option>640x360</option><option>1920x1080</option></select></label>
<label>Only <input id="only" placeholder="such as login" size="12"></label>
<span id="news" role="status">Save a template: all frames load again.</span>
</header>
<ul id="warnings"></ul>
<main>
${states
  .map(
    ({ name }) =>
      `<figure data-state="${name}"><figcaption><a target="_blank" href="/frame/${name}">${name}</a></figcaption><div class="window"><iframe title="${name}" loading="lazy"></iframe></div></figure>`,
  )
  .join('\n')}
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`

/** The frame of a page whose template is wrong. */
export const faultHtml = (
  { template, line, message }: TemplateFault,
  folder: string,
  nonce: string,
): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>${escaped(template)}</title>
<style nonce="${nonce}">body { margin: 0; padding: 40px; background: #fde3e4; color: #240305; font: 30px/1.4 system-ui, sans-serif } code { font-weight: 700; overflow-wrap: anywhere }</style>
</head>
<body data-preview="fault">
<h1>This template cannot be shown</h1>
<p><code>${escaped(`${folder}/${template}.ejs`)}${line === null ? '' : `, line ${line}`}</code></p>
<p>${escaped(message)}</p>
</body>
</html>
`

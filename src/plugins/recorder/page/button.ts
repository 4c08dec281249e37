import type { Tape } from './tape.ts'

export interface RecorderData {
  /** Address for sending and fetching traces. */
  readonly upload: string
}

const TOKEN = 'dji-cloud.token'

/** A small button over the page. Its styles are set by script, because the page's policy forbids inline styles. */
export function showButton(tape: Tape, { upload }: RecorderData): void {
  const box = make('div', 'dji-cloud-recorder')
  put(box, {
    position: 'fixed',
    left: '8px',
    bottom: '8px',
    zIndex: '99',
    maxWidth: '80%',
    font: '14px sans-serif',
  })
  const toggle = button('dji-cloud-recorder-toggle', '')
  const panel = make('div', 'dji-cloud-recorder-panel')
  put(panel, {
    padding: '10px',
    marginBottom: '6px',
    background: '#fff',
    color: '#1c232b',
    border: '1px solid #888',
  })
  panel.hidden = true
  const says = make('p', 'dji-cloud-recorder-says')
  const area = make('textarea', 'dji-cloud-recorder-text') as HTMLTextAreaElement
  area.hidden = true
  area.readOnly = true
  put(area, { width: '100%', height: '80px' })

  const count = (): void => {
    toggle.textContent = `Trace: ${tape.length}`
  }
  const say = (text: string): void => {
    says.textContent = text
  }
  toggle.addEventListener('click', () => {
    panel.hidden = !panel.hidden
  })
  const save = button('dji-cloud-recorder-save', 'Save to the server')
  save.addEventListener('click', () => {
    say('Saving')
    send(upload, JSON.stringify(tape.trace())).then(
      (address) => say(`Saved. Open this on any computer: ${address}`),
      (error: Error) => say(error.message),
    )
  })
  const copy = button('dji-cloud-recorder-copy', 'Show to copy')
  copy.addEventListener('click', () => {
    area.hidden = false
    area.value = JSON.stringify(tape.trace())
    area.select()
    document.execCommand('copy')
  })
  const clear = button('dji-cloud-recorder-clear', 'Start anew')
  clear.addEventListener('click', () => {
    tape.clear()
    count()
    say('')
  })
  for (const part of [save, copy, clear, says, area]) panel.appendChild(part)
  box.appendChild(panel)
  box.appendChild(toggle)
  document.body.appendChild(box)
  window.setInterval(count, 1_000)
  count()
}

async function send(upload: string, body: string): Promise<string> {
  const headers: Record<string, string> = { 'content-type': 'application/json', 'x-dji-recorder': '1' }
  const token = localStorage.getItem(TOKEN)
  if (token !== null) headers['x-auth-token'] = token
  const answer = await fetch(upload, { method: 'POST', headers, body, cache: 'no-store' })
  const { code, message, data } = (await answer.json()) as {
    code: number
    message: string
    data: { path: string }
  }
  if (code !== 0) throw new Error(message)
  // Use the address that the trace was sent to, because the server does not know a prefix that a proxy removed.
  return `${new URL(upload, location.href).href}${data.path.slice(data.path.lastIndexOf('/'))}`
}

function make(name: string, id: string): HTMLElement {
  const made = document.createElement(name)
  made.id = id
  return made
}

function button(id: string, text: string): HTMLButtonElement {
  const made = make('button', id) as HTMLButtonElement
  made.type = 'button'
  made.textContent = text
  put(made, {
    margin: '0 6px 6px 0',
    padding: '8px 12px',
    background: '#eee',
    color: '#111',
    border: '1px solid #888',
  })
  return made
}

function put(target: HTMLElement, style: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(style)) target.style[name as 'color'] = style[name] || ''
}

import type { FlowResponse, FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, make, show } from './dom.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The device list in an ordinary browser, as the server knows it. Shows nothing if the answer is not a list. */
export function showDevices({ status, data }: FlowResponse, t: Translate): void {
  const list = byId('devices')
  if (list === null || status !== 200 || !Array.isArray(data)) return
  list.textContent = ''
  for (const device of data as readonly Readonly<Record<string, unknown>>[]) {
    const online = device.status === true
    const item = make('li', 'device', [
      make('strong', '', [text(device.nickname) || text(device.device_name) || text(device.device_sn)]),
      make('code', '', [text(device.device_sn)]),
      make('span', 'device-state', [t(online ? 'device.online' : 'device.offline')]),
    ])
    item.setAttribute('data-online', String(online))
    list.appendChild(item)
  }
  if (data.length === 0) list.appendChild(make('li', 'device', [t('home.devices.none')]))
  show('devices-panel', true)
}

export const devicesUrl = (api: string, { bootstrap }: FlowState): string | null =>
  bootstrap === null ? null : `${api}/devices/${encodeURIComponent(bootstrap.workspace.id)}/devices`

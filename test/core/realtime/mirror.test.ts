import { expect, it } from 'vitest'
import { deviceModel } from '../../../src/core/devices/models.ts'
import type { GatewayView } from '../../../src/core/devices/records.ts'
import { createMirror } from '../../../src/core/realtime/mirror.ts'

const view = (serial: string, more: Partial<GatewayView>): GatewayView => ({
  ...{ serial, workspaceId: 'W1', sessionId: 'S1', userId: 'U1', model: null, nickname: null },
  ...{ online: true, onlineSince: 1, connected: true, awaitingReconnect: false, lastSeenAt: 1 },
  ...{ aircraft: [], linked: [] },
  ...more,
})
const A1 = {
  ...{ serial: 'A1', model: deviceModel(0, 77, 0), nickname: 'Red', controllerIndex: 'A' },
  ...{ online: true, onlineSince: 1, handovers: 0, lastSeenAt: 1 },
}

it('each controller keeps its own index when an aircraft goes from one to the other', () => {
  const mirror = createMirror(() => 1)
  mirror.set('N1', view('G1', { aircraft: [A1] }))
  mirror.set('N2', view('G2', { linked: [{ serial: 'A1', mayReport: true, controllerIndex: 'B' }] }))
  mirror.move(A1, 'G2')
  expect(mirror.get('G1')?.view.linked).toEqual([{ serial: 'A1', mayReport: false, controllerIndex: 'A' }])
  expect(mirror.get('G2')?.view.aircraft).toEqual([{ ...A1, controllerIndex: 'B' }])
})

import type { Confidence, Knobs } from './knobs.ts'
import type { Device } from './types.ts'

/** A controller by name, with the knobs in which it is known, or suspected, to differ from the default. */
export interface Preset {
  readonly name: PresetName
  readonly label: string
  readonly gateway: Pick<Device, 'serial' | 'type' | 'subType'>
  readonly aircraft: Pick<Device, 'serial' | 'type' | 'subType'>
  readonly knobs: Partial<Knobs>
  /** How certain the preset is: as certain as its least certain knob. */
  readonly confidence: Confidence
  readonly about: string
}

/** The name of a preset: a controller with its firmware. */
export type PresetName = 'rc-pro' | 'rc-plus' | 'rc-plus-2' | 'old-firmware'

const webView = (model: string): string =>
  `Mozilla/5.0 (Linux; Android 10; DJI ${model}; wv) dji-open-platform`

/**
 * Serial numbers are fake; the triples are those of facts D4. A virtual Pilot without a preset is like the first one.
 */
export const PRESETS: readonly Preset[] = [
  {
    name: 'rc-pro',
    label: 'RC Pro Enterprise',
    gateway: { serial: 'RCFAKE00000001', type: 144, subType: 0 },
    aircraft: { serial: '1581FAKE000000000001', type: 77, subType: 0 },
    knobs: {},
    confidence: 'hardware',
    about: 'As recorded with Pilot 17.3.2.2 and a Mavic 3E (facts D3). All other presets start from it.',
  },
  {
    name: 'rc-plus',
    label: 'RC Plus',
    gateway: { serial: 'RCFAKE00000119', type: 119, subType: 0 },
    aircraft: { serial: '1581FAKE000000000030', type: 67, subType: 1 },
    knobs: { webViewUserAgent: webView('RC Plus'), configRequest: 'blocking', stateReply: 'expected' },
    confidence: 'reported',
    about:
      'From one report: it asks for its config, and waits for the answer and for state_reply. Others do not wait (facts D2).',
  },
  {
    name: 'rc-plus-2',
    label: 'RC Plus 2',
    gateway: { serial: 'RCFAKE00000174', type: 174, subType: 0 },
    aircraft: { serial: '1581FAKE000000000099', type: 99, subType: 1 },
    knobs: {
      webViewUserAgent: webView('RC Plus 2'),
      topoTopic: 'thing',
      topoDomain: 'absent',
      networkProbe: true,
    },
    confidence: 'unverified',
    about:
      "From DJI's page about it: the topology on thing/, without domain and index. Not verified on a controller (facts K8).",
  },
  {
    name: 'old-firmware',
    label: 'Old firmware',
    gateway: { serial: 'RCFAKE00000056', type: 56, subType: 0 },
    aircraft: { serial: '1ZNBFAKE0000000001', type: 60, subType: 0 },
    knobs: {
      webViewUserAgent: webView('Smart Controller'),
      missingMethods: ['thingGetConnectState', 'thingSetConnectCallback', 'wsGetConnectState'],
      returnStyle: 'empty-object',
      noAircraftAnswer: 'empty',
      callbackSequence: 'true-only',
      callbackArgument: 'text',
      topoTypes: 'string',
      topoDomain: 'string',
      topoOffline: 'absent',
      mqttVersion: 4,
      thingVersion: '1.0.0',
    },
    confidence: 'unverified',
    about:
      'All differences together that are known or suspected of older Pilots: missing methods, texts instead of numbers, MQTT 3.1.1. No single controller is known to have all of them.',
  },
]

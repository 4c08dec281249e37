import { flowTexts } from '../../bridge/index.ts'
import { finding } from '../../plugin.ts'
import type { FaultInfo, Seen } from './fault-info.ts'
import { FAULTS, type Fault } from './faults.ts'
import { FAULT_WORDS } from './texts/faults.ts'
import { type SimulatorLanguage, textsIn } from './texts/index.ts'

/** The table of faults with its texts, for the page. What a finding says is taken from the findings, not written again. */
export function faultsIn(lang: SimulatorLanguage): readonly FaultInfo[] {
  const { texts } = textsIn(lang)
  const ofPage: Readonly<Record<string, string>> = flowTexts(lang)
  const seen = (id: Fault['page'][number], reader: 'pilot' | 'server'): Seen => {
    const { what, pilot, server } = finding(id)
    const advice = ofPage[`finding.${id}.${reader}`] ?? (reader === 'pilot' ? pilot : server)
    return { title: ofPage[`finding.${id}`] ?? what, text: advice ?? '' }
  }
  const orElse = (list: readonly Seen[], text: string): readonly Seen[] =>
    list.length > 0 ? list : [{ title: text, text: '' }]

  return FAULTS.map((fault) => {
    const words = FAULT_WORDS[lang][fault.id]
    const { come, missing } = fault.host
    return {
      id: fault.id,
      name: words?.name ?? fault.id,
      about: words?.about ?? '',
      certainty: fault.certainty,
      knobs: fault.knobs,
      pilot: orElse(
        fault.page.map((id) => seen(id, 'pilot')),
        words?.pilot ?? texts['faults.pilotNothing'],
      ),
      host: orElse(
        [
          ...(come.length === 0 ? [] : [{ title: texts['faults.come'], text: come.join(', ') }]),
          ...(missing.length === 0 ? [] : [{ title: texts['faults.missing'], text: missing.join(', ') }]),
        ],
        texts['faults.hostNothing'],
      ),
      doctor: orElse(
        fault.doctor.map((id) => seen(id, 'server')),
        texts['faults.doctorNothing'],
      ),
    }
  })
}

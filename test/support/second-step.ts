import { customUsers, type DjiCloudOptions } from '../../src/index.ts'
import { WORKSPACE_A } from './sessions.ts'

export const PASSWORD = 'an obviously fake password'
export const CODE = '123456'

type Users = Parameters<typeof customUsers>[0]
type Calls = (readonly [answer: object, context: object])[]

/** ada has a second step, `bob` none. `calls` collects what `verifyChallenge` was asked. */
export function twoStepUsers(change: Partial<Users> = {}, calls: Calls = []) {
  const userOf = (id: string, role: 'pilot' | 'web') =>
    id === 'ada' || id === 'bob' ? { id, username: id, role, workspace: WORKSPACE_A } : null
  return customUsers({
    authenticate({ username, password }, { role }) {
      if (password !== PASSWORD) return null
      if (username === 'ada')
        return { challenge: 'otp', id: 'ada', digits: 6, hint: 'Look at your phone.', data: { asked: 'ada' } }
      return userOf(username, role)
    },
    verifyChallenge(answer, context) {
      calls.push([answer, context])
      return answer.code === CODE ? userOf(answer.id, context.role) : null
    },
    findById: (id, _data, role) => userOf(id, role ?? 'pilot'),
    ...change,
  } as Users)
}

/** Loose where a test is not about the limits. */
export const LOOSE: DjiCloudOptions['loginRateLimit'] = {
  perAccountAndAddress: { attempts: 1000, windowSeconds: 900 },
  perAddress: { attempts: 1000, windowSeconds: 900 },
  perAccountSecondStep: { attempts: 1000, windowSeconds: 900 },
}

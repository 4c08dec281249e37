import type { ServedCheck } from '../../plugins/doctor-checks.ts'
import { success } from '../envelope.ts'
import { guarded, type Route } from '../routes.ts'

/** What plugins want the doctor to ask. For whoever is logged in, as the doctor is: paths of routes are nobody else's. */
export const doctorRoutes = (services: { readonly doctorChecks: readonly ServedCheck[] }): Route[] => [
  guarded('GET', '/pilot/doctor', null, () => success({ checks: services.doctorChecks })),
]

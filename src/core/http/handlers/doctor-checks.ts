import type { ServedCheck } from '../../plugins/doctor-checks.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'

/** The doctor checks of plugins. Only logged-in users get them, because they contain paths of routes. */
export const doctorRoutes = (services: { readonly doctorChecks: readonly ServedCheck[] }): Route[] => [
  guarded('GET', '/pilot/doctor', null, () => success({ checks: services.doctorChecks })),
]

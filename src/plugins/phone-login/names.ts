export const ID = 'phone-login'
/** The page that the phone opens, below the mount. Pilots type it, so it is short. */
export const PHONE_PAGE = '/phone-login'
export const API = '/phone-login/api/v1'
/** What stands in `login.succeeded` as `by`. */
export const REASON = 'phone'

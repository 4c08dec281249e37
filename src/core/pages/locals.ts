import type { Bootstrap, LoginView, PageData } from './page-data.ts'
import type { PageLocals } from './render.ts'
import type { TextKey } from './texts/index.ts'

/** Locals of `login.ejs`. */
export interface LoginLocals extends PageLocals {
  readonly data: PageData & {
    readonly page: 'login'
    readonly login: LoginView
    readonly bootstrap: null
    readonly failure: null
  }
}

/** Locals of `home.ejs`. `bootstrap` is set only if the request for the page had a token; usually the script fetches it. */
export interface HomeLocals extends PageLocals {
  readonly data: PageData & {
    readonly page: 'home'
    readonly bootstrap: Bootstrap | null
    readonly failure: null
  }
}

/** Locals of `fleet.ejs`. Its script fetches everything that it shows. */
export interface FleetLocals extends PageLocals {
  readonly data: PageData & { readonly page: 'fleet'; readonly bootstrap: null; readonly failure: null }
}

/** Locals of `error.ejs`. */
export interface ErrorLocals extends PageLocals {
  readonly data: PageData & { readonly page: 'error'; readonly failure: NonNullable<PageData['failure']> }
}

/** Locals of a page of a plugin. */
export interface DocumentLocals extends PageLocals {
  readonly data: PageData & { readonly page: 'plugin'; readonly bootstrap: null; readonly failure: null }
}

/** Locals that an `include` adds to those of its page, read in the template as `locals.title` and so on. */
export interface IncludeLocals {
  readonly 'partials/head': { readonly title: TextKey }
  readonly 'partials/notice': {
    readonly id: string
    readonly kind: 'info' | 'warn' | 'bad'
    readonly title: TextKey
    readonly text: TextKey
  }
  readonly 'partials/dialog': { readonly id: 'logout' | 'leave' }
  readonly 'partials/gauge': { readonly id: string }
}

/** The locals of every template by its name. */
export interface TemplateLocals {
  readonly login: LoginLocals
  readonly home: HomeLocals
  readonly fleet: FleetLocals
  readonly error: ErrorLocals
  readonly bootstrap: PageLocals
  readonly 'partials/head': PageLocals & { readonly locals: IncludeLocals['partials/head'] }
  readonly 'partials/header': PageLocals
  readonly 'partials/footer': PageLocals
  readonly 'partials/notice': PageLocals & { readonly locals: IncludeLocals['partials/notice'] }
  readonly 'partials/dialog': PageLocals & { readonly locals: IncludeLocals['partials/dialog'] }
  readonly 'partials/welcome': LoginLocals
  readonly 'partials/sign-in': LoginLocals
  readonly 'partials/login-fields': LoginLocals
  readonly 'partials/second-step': LoginLocals
  readonly 'partials/status': HomeLocals
  readonly 'partials/stuck': HomeLocals
  readonly 'partials/gauge': (HomeLocals | FleetLocals) & { readonly locals: IncludeLocals['partials/gauge'] }
  readonly 'partials/aircraft': HomeLocals
  readonly 'partials/controller': HomeLocals
  readonly 'partials/others': HomeLocals
  readonly 'partials/uploads': HomeLocals
  readonly 'partials/apps': HomeLocals
  readonly 'partials/settings': HomeLocals
  readonly 'partials/modules': HomeLocals
  readonly 'partials/diagnostics': HomeLocals
  readonly 'partials/steps': HomeLocals
  readonly 'partials/fleet-status': FleetLocals
  readonly 'partials/fleet-empty': FleetLocals
  readonly 'partials/fleet-card': FleetLocals
  readonly 'partials/fleet-others': FleetLocals
}

/** The name of a template, such as `'partials/header'`. */
export type TemplateName = keyof TemplateLocals

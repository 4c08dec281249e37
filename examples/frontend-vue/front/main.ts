// A front end in Vue. It uses h(), so it needs no template compiler. The server is ../app.ts.

import { createApp, defineComponent, h, ref } from 'vue'
import { usePilot } from './pilot.ts'

const typed = (event: { readonly target: unknown }): string =>
  (event.target as { readonly value: string }).value

const App = defineComponent({
  setup() {
    const pilot = usePilot()
    const username = ref('')
    const password = ref('')

    const submit = (event: { preventDefault(): void }): void => {
      event.preventDefault()
      void pilot.logIn(username.value, password.value)
    }

    const field = (id: string, label: string, type: string, model: typeof username) => [
      h('label', { for: id }, label),
      h('input', {
        id,
        type,
        value: model.value,
        onInput: (event: { target: unknown }) => (model.value = typed(event)),
      }),
    ]
    const login = () =>
      h('form', { id: 'login', onSubmit: submit }, [
        ...field('username', 'User name', 'text', username),
        ...field('password', 'Password', 'password', password),
        h('button', { id: 'submit', disabled: pilot.busy.value }, 'Log in'),
      ])
    const home = () => [
      h('p', { id: 'link', 'data-link': pilot.state.value.link }, pilot.state.value.link),
      h('p', { id: 'workspace' }, pilot.state.value.bootstrap?.workspace.name ?? ''),
      h('p', { id: 'devices' }, [pilot.state.value.gateway ?? '–', ' / ', pilot.state.value.aircraft ?? '–']),
      h('ul', { id: 'modules' }, [
        ...(pilot.state.value.bootstrap?.modules ?? []).map(({ name }) =>
          h('li', { 'data-module': name }, [
            `${name}: ${pilot.state.value.modules[name] ?? 'off'} `,
            h('button', { type: 'button', onClick: () => pilot.reload(name) }, 'Reload'),
          ]),
        ),
      ]),
      h('ul', { id: 'findings' }, [
        ...pilot.findings.value.map(({ id, evidence }) => h('li', `${id}: ${evidence}`)),
      ]),
      h('button', { id: 'logout', type: 'button', onClick: () => pilot.logOut() }, 'Log out'),
    ]

    return () =>
      h('main', { 'data-view': pilot.view.value }, [
        h('h1', 'Survey Cloud'),
        h('p', { id: 'problem', role: 'alert' }, pilot.problem.value),
        pilot.view.value === 'checking' ? h('p', 'Checking your login…') : null,
        pilot.view.value === 'login' ? login() : null,
        ...(pilot.view.value === 'home' ? home() : []),
      ])
  },
})

createApp(App).mount('#app')

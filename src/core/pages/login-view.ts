import { LONGEST_FIELD, wordsIn } from '../access/login-fields.ts'
import type { LoginField, UserStore } from '../ports/index.ts'
import type { LoginFieldView, LoginView } from './page-data.ts'

/** What the login page asks for. The user store decides it. */
export const loginFormView = (
  users: Pick<UserStore, 'fields' | 'verifyChallenge'>,
  language: string,
): Pick<LoginView, 'fields' | 'second_step'> => ({
  fields: Object.entries(users.fields ?? {}).map(([name, field]) => fieldView(name, field, language)),
  second_step: users.verifyChallenge !== undefined,
})

const fieldView = (
  name: string,
  { label, required = true, maxLength = LONGEST_FIELD, remember = true, choices }: LoginField,
  language: string,
): LoginFieldView => ({
  ...{ name, label: wordsIn(label, language), required, max_length: maxLength, remember },
  choices:
    choices === undefined
      ? null
      : Object.entries(choices).map(([value, words]) => ({ value, label: wordsIn(words, language) })),
})

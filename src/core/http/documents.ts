import { checkedAnswer } from '../plugins/answers.ts'
import type { DocumentAnswer } from '../plugins/document-answer.ts'
import type { Route } from './routes.ts'
import type { AuthedContext, Context, HttpRequest, HttpResponse } from './types.ts'

/** @param name of the plugin and its page, such as `phone-login/approve` */
export type MakeDocument = (
  name: string,
  answer: DocumentAnswer,
  request: HttpRequest,
) => Promise<HttpResponse>

/** Rows of plugins that show a page of the plugin answer with that page. */
export const withDocuments = (rows: readonly Route[], make: MakeDocument): readonly Route[] =>
  rows.map((row) => {
    const { document, plugin = '', method, path } = row
    if (document === undefined) return row
    const handle = async (context: Context | AuthedContext): Promise<HttpResponse> => {
      const answer = await document(context)
      const page = await make(`${plugin}/${answer.document}`, answer, context.request)
      return checkedAnswer(page, `The route ${method} ${path} of the plugin ${plugin}`)
    }
    return { ...row, handle }
  })

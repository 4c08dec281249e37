/** A text by its key, with `{name}` filled in; the key itself where there is no such text. */
export type Translate = (key: string, values?: Readonly<Record<string, string>>) => string

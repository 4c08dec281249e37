/** A text by its key, with `{name}` replaced by its value. The key itself if there is no such text. */
export type Translate = (key: string, values?: Readonly<Record<string, string>>) => string

import type { PageUrls } from './page-data.ts'

/** The platform's addresses below its mount path. @param mount '' or '/drones' */
export const pageUrls = (mount = ''): PageUrls => ({
  access: `${mount}/pilot`,
  login: `${mount}/pilot/login`,
  home: `${mount}/pilot/home`,
  api: `${mount}/manage/api/v1`,
  bootstrap: `${mount}/pilot/bootstrap`,
})

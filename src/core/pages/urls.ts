import type { PageUrls } from './page-data.ts'

/** Where the API begins, below the mount path. */
export const API_PATH = '/manage/api/v1'

/** The platform's addresses below its mount path. @param mount '' or '/drones' */
export const pageUrls = (mount = ''): PageUrls => ({
  access: `${mount}/pilot`,
  login: `${mount}/pilot/login`,
  home: `${mount}/pilot/home`,
  api: `${mount}${API_PATH}`,
  bootstrap: `${mount}/pilot/bootstrap`,
  situation: `${mount}/pilot/situation`,
  fleet: `${mount}/pilot/fleet`,
  fleet_devices: `${mount}/pilot/fleet/devices`,
})

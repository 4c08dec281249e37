import { createTranslate, openStorage, readPageData } from './browser.ts'
import { show } from './dom.ts'
import { startHome } from './home.ts'
import { startLogin } from './login.ts'
import { startTheme } from './theme.ts'

const data = readPageData()
const t = createTranslate(data.texts)
startTheme(openStorage())
if (data.page === 'login') startLogin(data, t)
if (data.page === 'home') startHome(data, t)
// Last: the banner of the bootstrap template shows unless all of this went well.
window.djiCloudStarted = true
show('script-failed', false)

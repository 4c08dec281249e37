const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>
  body { font: 20px sans-serif; max-width: 480px; margin: 10vh auto; padding: 0 16px }
  input, button { font: inherit; box-sizing: border-box; width: 100%; height: 56px; margin: 8px 0; padding: 0 12px }
</style>
<h1>${title}</h1>
${body}
`

/** The login page of the provider. Large fields, since pilots open it on the controller. @param uid of letters, digits, `-` and `_` */
export const loginPage = (uid: string, isWrong: boolean): string =>
  page(
    'Example Login',
    `${isWrong ? '<p role="alert">Name or password is wrong.</p>' : ''}
<form id="idp" method="post" action="/interaction/${uid}">
  <label>Name <input name="login" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button id="idp-login">Log in</button>
  <button id="idp-cancel" name="cancel" value="yes">Cancel</button>
</form>`,
  )

/** @param form of oidc-provider, with the id `op.logoutForm` */
export const logoutPage = (form: string): string =>
  page(
    'Log out of Example Login?',
    `${form}
<button id="idp-logout" type="submit" form="op.logoutForm" name="logout" value="yes">Yes, log me out</button>
<button type="submit" form="op.logoutForm">No</button>`,
  )

/** The team's own login page. Large fields, since pilots open it on the controller. */
export const loginPage = (returnTo: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Example SSO</title>
<style>
  body { font: 20px sans-serif; max-width: 480px; margin: 10vh auto; padding: 0 16px }
  input, button { font: inherit; box-sizing: border-box; width: 100%; height: 56px; margin: 8px 0; padding: 0 12px }
</style>
<h1>Example SSO</h1>
<form id="sso" method="post" action="/login?return_to=${encodeURIComponent(returnTo)}">
  <label>Name <input name="username" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button>Log in</button>
</form>
`

/**
 * Source of a function that finds the login form of any page, as a person would: a visible password field, the text
 * field before it, and the button after it. Resolves when there is a form. Null: no form appeared in time.
 */
export const FORM_SCRIPT = `(function (limit) {
  function seen(one) { return one.offsetParent !== null && !one.disabled && !one.readOnly }
  function all(what) { return Array.prototype.filter.call(document.querySelectorAll(what), seen) }
  function before(a, b) { return (a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0 }
  function find() {
    var secret = all('input[type=password]')[0]
    if (!secret) return null
    var home = secret.form || document
    var texts = all('input').filter(function (one) {
      return /^(text|email|tel|)$/.test(one.getAttribute('type') || '') && before(one, secret) && (home === document || one.form === home)
    })
    var buttons = all('button, input[type=submit], [role=button]').filter(function (one) { return before(secret, one) })
    // Another button, such as the one that shows the password, may come first.
    var sends = buttons.filter(function (one) { return one.type === 'submit' && one.form === secret.form })
    window.__djiForm = { name: texts[texts.length - 1] || null, secret: secret, button: sends[0] || buttons[0] || null }
    return true
  }
  return new Promise(function (resolve) {
    if (find()) return resolve(true)
    var watch = new MutationObserver(function () { if (find()) end(true) })
    var timer = setTimeout(function () { end(false) }, limit)
    function end(found) { watch.disconnect(); clearTimeout(timer); resolve(found) }
    watch.observe(document, { childList: true, subtree: true, attributes: true })
  })
})`

/** Puts the cursor into a field and selects its text, so that typing replaces the text. */
export const focusScript = (field: 'name' | 'secret'): string =>
  `(function () { var one = window.__djiForm.${field}; if (!one) return false; one.focus(); one.select(); return true })()`

/**
 * Looks for the field of a second step that is on the screen now. Pages mark it with `autocomplete="one-time-code"`, so that a phone
 * fills it in. True: there is one, and it has the cursor.
 */
export const CODE_SCRIPT = `(function () {
  var field = Array.prototype.filter.call(document.querySelectorAll('input[autocomplete=one-time-code]'), function (one) {
    return one.offsetParent !== null && !one.disabled && !one.readOnly
  })[0]
  if (!field) return false
  var buttons = Array.prototype.filter.call((field.form || document).querySelectorAll('button, input[type=submit]'), function (one) {
    return one.offsetParent !== null && one.type !== 'button'
  })
  window.__djiForm = { name: null, secret: field, button: buttons[0] || null }
  field.focus()
  field.select()
  return true
})()`

/** Presses the button. A form without a button is submitted, as with the Enter key. */
export const SEND_SCRIPT = `(function () {
  var form = window.__djiForm
  if (form.button) form.button.click()
  else if (form.secret.form) form.secret.form.requestSubmit ? form.secret.form.requestSubmit() : form.secret.form.submit()
})()`

import type { BrowserPage } from '../../test/support/browser.ts'

/** The smallest height of a button. A finger in a glove cannot touch smaller ones. CSS pixels. */
const TARGET = 44

/** Runs in the page, in Chromium 70 too. Returns the elements that a pilot cannot read or touch; empty means none. */
const INSPECT = `(function () {
  var faults = [];
  var width = window.innerWidth;
  var root = document.documentElement;
  if (root.scrollWidth > width) faults.push('the page is ' + root.scrollWidth + ' wide in a window of ' + width);
  function name(element) {
    return element.tagName.toLowerCase() + (element.id ? '#' + element.id : '') +
      (typeof element.className === 'string' && element.className ? '.' + element.className.split(' ').join('.') : '');
  }
  var all = document.body.querySelectorAll('*');
  for (var i = 0; i < all.length; i++) {
    var element = all[i];
    var style = getComputedStyle(element);
    var box = element.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || style.visibility === 'hidden') continue;
    if (element.closest('svg') && element.tagName !== 'svg') continue;
    if (box.left < -1 || box.right > width + 1) faults.push(name(element) + ' reaches from ' + box.left + ' to ' + box.right);
    var hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
    var scrolls = /auto|scroll/.test(style.overflowY + style.overflowX) || element.tagName === 'TEXTAREA';
    var field = /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName);
    if (!field && !scrolls && (hides || element.tagName === 'BUTTON') &&
      (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1))
      faults.push(name(element) + ' is cut: ' + element.scrollWidth + 'x' + element.scrollHeight + ' in ' + element.clientWidth + 'x' + element.clientHeight);
    var own = [].some.call(element.childNodes, function (node) { return node.nodeType === 3 && node.textContent.trim() !== '' });
    if (own && !scrolls && !field && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1)
      faults.push(name(element) + ' is ' + element.clientWidth + ' wide, and its text ' + element.scrollWidth);
    var target = element.matches('button, a, select, summary, input') && !element.disabled;
    if (target && box.height < ${TARGET} && !(element.matches('.tick') && element.closest('label').getBoundingClientRect().height >= ${TARGET}))
      faults.push(name(element) + ' is only ' + box.height + ' high');
  }
  var touched = [].filter.call(document.body.querySelectorAll('button, a[href], input, select, summary'), function (one) {
    var box = one.getBoundingClientRect();
    // Today's Chromium gives what a closed element holds a box that nobody sees.
    var closed = one.closest('details:not([open])');
    return box.width > 0 && box.height > 0 && (closed === null || one.parentNode === closed);
  });
  function layer(one) { return one.closest('.actions, .veil') }
  for (var a = 0; a < touched.length; a++) for (var b = a + 1; b < touched.length; b++) {
    if (layer(touched[a]) !== layer(touched[b]) || touched[a].contains(touched[b])) continue;
    var first = touched[a].getBoundingClientRect(), second = touched[b].getBoundingClientRect();
    if (first.left < second.right - 1 && second.left < first.right - 1 && first.top < second.bottom - 1 && second.top < first.bottom - 1)
      faults.push(name(touched[a]) + ' and ' + name(touched[b]) + ' are on top of each other');
  }
  var bar = document.querySelector('.actions');
  if (bar && bar.getBoundingClientRect().height > window.innerHeight * 0.4 && window.innerHeight > 320)
    faults.push('the bar of buttons takes ' + bar.getBoundingClientRect().height + ' of ' + window.innerHeight);
  return faults;
})()`

export const inspect = (page: BrowserPage): Promise<readonly string[]> => page.evaluate(INSPECT)

/** While the keyboard is open, the whole field that opened it has to be visible. */
export const inspectFocus = (page: BrowserPage, selector: string): Promise<readonly string[]> =>
  page.evaluate(`(function () {
  var field = document.querySelector(${JSON.stringify(selector)});
  var box = field.getBoundingClientRect();
  var bar = document.querySelector('.actions');
  var bottom = bar && getComputedStyle(bar).position === 'sticky' ? bar.getBoundingClientRect().top : window.innerHeight;
  return box.top >= 0 && box.bottom <= bottom + 1 ? [] : ['the field is at ' + box.top + ' to ' + box.bottom + ' of ' + bottom];
})()`)

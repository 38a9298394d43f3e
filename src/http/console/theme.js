import { byId, setText } from './dom.js'

const KEY = 'kingcdn-theme'
const THEMES = ['auto', 'light', 'dark']

/** A button that goes from what the system wants to light, to dark, and back; the choice is kept by the browser. */
export function startTheme() {
  const button = byId('theme')
  let theme = kept()
  const show = () => {
    document.documentElement.dataset.theme = theme
    setText(button, `Theme: ${theme}`)
  }
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'auto'
    try {
      localStorage.setItem(KEY, theme)
    } catch {
      // A browser that keeps nothing has the choice until the page is left.
    }
    show()
  })
  show()
}

function kept() {
  try {
    const theme = localStorage.getItem(KEY)
    return theme !== null && THEMES.includes(theme) ? theme : 'auto'
  } catch {
    return 'auto'
  }
}

import type { Messages } from 'dji-cloud'

/** A language is one file. The compiler checks the keys; a test of your own can check that none is missing. */
export const fr = {
  'login.title': 'Connexion',
  'login.username': "Nom d'utilisateur",
  'login.password': 'Mot de passe',
  'login.show': 'Afficher',
  'login.hide': 'Masquer',
  'login.submit': 'Se connecter',
  'login.busy': 'Connexion…',
  'login.missing': "Saisissez votre nom d'utilisateur et votre mot de passe.",
  'login.refused': "Nom d'utilisateur ou mot de passe incorrect. Vérifiez les majuscules.",
  'link.connected': 'Connecté',
  'link.connecting': 'Connexion…',
  'link.disconnected': 'Déconnecté',
} as const satisfies Messages[string]

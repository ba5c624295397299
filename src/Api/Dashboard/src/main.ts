import { createApp } from 'vue'
import App from './App.vue'
import { whenUnauthorized } from './api/client'
import { firstLanguage, i18n, speak } from './i18n'
import { router } from './router'
import { forget } from './session/session'
import './styles/tokens.css'
import './styles/base.css'

whenUnauthorized(() => {
  forget()
  const { fullPath, name } = router.currentRoute.value
  if (name !== 'login') void router.push({ name: 'login', query: { next: fullPath } })
})

void speak(firstLanguage).then(() => createApp(App).use(i18n).use(router).mount('#app'))

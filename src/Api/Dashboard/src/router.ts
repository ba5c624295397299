import { createRouter, createWebHistory } from 'vue-router'
import { resume, user } from './session/session'

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', name: 'login', component: () => import('./session/LoginPage.vue') },
    {
      path: '/',
      component: () => import('./shell/AppShell.vue'),
      children: [
        {
          path: '',
          name: 'overview',
          component: () => import('./overview/OverviewPage.vue'),
          // The institution opens beside the overview, with an address of its own.
          children: [{ path: 'institutions/:code', name: 'institution', component: () => import('./institution/InstitutionDrawer.vue') }],
        },
      ],
    },
    { path: '/:rest(.*)*', redirect: { name: 'overview' } },
  ],
})

router.beforeEach(async to => {
  const known = user.value ?? (await resume())
  if (to.name === 'login') return known ? { name: 'overview' } : true
  return known ? true : { name: 'login', query: { ...(to.query.lang ? { lang: to.query.lang } : {}), next: to.fullPath } }
})

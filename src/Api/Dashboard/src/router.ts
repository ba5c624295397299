import { createRouter, createWebHistory } from 'vue-router'
import { maybeSignedIn, resume, user } from './session/session'

const shell = () => import('./shell/AppShell.vue')
const overview = () => import('./overview/OverviewPage.vue')

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', name: 'login', component: () => import('./session/LoginPage.vue') },
    {
      path: '/',
      component: shell,
      children: [
        {
          path: '',
          name: 'overview',
          component: overview,
          // The institution opens beside the overview, with an address of its own.
          children: [{ path: 'institutions/:code', name: 'institution', component: () => import('./institution/InstitutionDrawer.vue') }],
        },
        {
          path: 'gateways',
          name: 'gateways',
          component: () => import('./gateways/GatewaysPage.vue'),
          children: [{ path: ':code', name: 'gateway', component: () => import('./gateways/GatewayDrawer.vue') }],
        },
      ],
    },
    { path: '/:rest(.*)*', redirect: { name: 'overview' } },
  ],
})

router.beforeEach(async to => {
  // The code travels while the service is asked who this is.
  if (to.name !== 'login' && maybeSignedIn()) void Promise.all([shell(), ...(to.path.startsWith('/gateways') ? [] : [overview()])])
  const known = user.value ?? (await resume())
  if (to.name === 'login') return known ? { name: 'overview' } : true
  return known ? true : { name: 'login', query: { ...(to.query.lang ? { lang: to.query.lang } : {}), next: to.fullPath } }
})

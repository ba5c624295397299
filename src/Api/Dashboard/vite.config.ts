import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// County desktops run browsers of the Chromium 86 generation; nothing newer may be assumed.
const oldestBrowser = ['es2020', 'chrome86']

export default defineConfig({
  plugins: [vue()],
  build: {
    outDir: '../wwwroot',
    emptyOutDir: true,
    target: oldestBrowser,
    cssTarget: 'chrome86',
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: { '/api': 'http://127.0.0.1:8080', '/docs': 'http://127.0.0.1:8080' },
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/unit/**/*.test.ts'],
  },
})

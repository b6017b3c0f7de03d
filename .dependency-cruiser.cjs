// Who may import whom (ARCHITECTURE.md has the table). Types count as imports: a layer that needs another's types
// leans on it just as much as one that calls it.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^(src|simulators|bench|test)/', pathNot: [from, ...allowed] },
})
const hub = '^src/(hub|config|keyring)\\.ts$'

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'no-development-dependencies-in-the-product',
      severity: 'error',
      from: { path: '^(src|simulators)/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    only('wire-imports-nothing', '^src/wire/', []),
    only('db-imports-nothing', '^src/db/', []),
    only('suppliers-import-wire', '^src/suppliers/', ['^src/wire/']),
    only('core-imports-db-and-hub', '^src/core/', ['^src/db/', '^src/suppliers/supplier\\.ts$', hub]),
    only('faces-import-core-wire-hub', '^src/faces/', ['^src/core/', '^src/wire/', hub]),
    only('dispatch-imports-core-db-faces-wire-hub', '^src/dispatch/', [
      '^src/core/',
      '^src/db/',
      '^src/faces/',
      '^src/suppliers/supplier\\.ts$',
      '^src/wire/',
      hub,
    ]),
    only('simulators-import-nothing-of-ours', '^simulators/', []),
    {
      name: 'faces-are-strangers',
      severity: 'error',
      from: { path: '^src/faces/([^/]+)/' },
      to: { path: '^src/faces/([^/]+)/', pathNot: '^src/faces/$1/' },
    },
    {
      name: 'suppliers-are-strangers',
      severity: 'error',
      from: { path: '^src/suppliers/([^/]+)/' },
      to: { path: '^src/suppliers/([^/]+)/', pathNot: '^src/suppliers/$1/' },
    },
    {
      name: 'only-db-imports-the-database-client',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/db/' },
      to: { path: 'node_modules/(postgres|@electric-sql)/' },
    },
    {
      name: 'only-the-edges-import-fastify',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(faces|admin)/|^src/app\\.ts$' },
      to: { path: 'node_modules/fastify/' },
    },
    {
      name: 'rules-are-pure',
      severity: 'error',
      from: { path: '^src/core/rules/' },
      to: { dependencyTypes: ['core'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}

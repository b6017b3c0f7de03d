// Who may import whom (ARCHITECTURE.md has the table). Types count as imports: a layer that needs another's types
// leans on it just as much as one that calls it.
const only = (name, from, allowed) => ({
  name,
  severity: 'error',
  from: { path: from, pathNot: '\\.test\\.ts$' },
  to: { path: '^(src|simulators|bench|test)/', pathNot: [from, ...allowed] },
})
const hub = '^src/(hub|config|keyring)\\.ts$'
const supplierType = '^src/suppliers/supplier\\.ts$'

// The rooms of core from the ground floor up: each may import what it names, so that none imports back. `rules` has rooms
// of its own, whose door is its index.
const rooms = {
  rules: '',
  keys: 'rules',
  numbers: '',
  codes: 'numbers',
  nouns: '',
  'set-up': 'codes keys nouns rules',
  command: 'keys numbers rules set-up',
  counters: 'set-up',
  coupon: 'codes command keys numbers set-up',
  batch: 'codes command counters coupon set-up',
  notify: 'numbers set-up',
  supplier: 'batch command keys numbers set-up',
  decision: 'command numbers rules set-up',
  change: 'batch command counters coupon notify numbers set-up supplier',
  redeem: 'batch codes command counters coupon decision notify numbers rules set-up supplier',
  issue: 'batch codes command counters coupon decision notify numbers rules set-up supplier',
  settle: 'batch codes command counters coupon issue notify numbers redeem set-up',
  foreign: 'batch command decision keys numbers redeem set-up settle',
  verify: 'batch codes core notify numbers set-up settle',
  replay: 'command core counters coupon numbers redeem rules set-up verify',
  'back-office': 'codes command core counters coupon issue keys nouns numbers replay rules set-up settle supplier',
}
const room = ([name, others]) => ({
  name: `core-${name}-keeps-to-its-floor`,
  severity: 'error',
  from: { path: `^src/core/${name}/`, pathNot: '\\.test\\.ts$' },
  to: {
    path: '^src/core/',
    pathNot: [
      `^src/core/${name}/`,
      ...others
        .split(' ')
        .filter(Boolean)
        .map((other) => (other === 'core' ? '^src/core/core\\.ts$' : `^src/core/${other}/`)),
    ],
  },
})

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
    only('time-imports-nothing', '^src/time/', []),
    only('wire-imports-time', '^src/wire/', ['^src/time/']),
    only('read-imports-wire-and-time', '^src/read/', ['^src/time/', '^src/wire/']),
    only('db-imports-time', '^src/db/', ['^src/time/']),
    only('suppliers-import-wire', '^src/suppliers/', ['^src/time/', '^src/wire/']),
    only('core-imports-db-and-hub', '^src/core/', ['^src/db/', '^src/read/', supplierType, '^src/time/', hub]),
    only('faces-import-core-wire-hub', '^src/faces/', ['^src/core/', '^src/time/', '^src/wire/', hub]),
    only('http-out-imports-wire-hub', '^src/http-out/', ['^src/wire/', hub]),
    only('process-imports-core-db-hub', '^src/process/', ['^src/core/', '^src/db/', hub]),
    only('telling-imports-faces-and-below', '^src/telling/', [
      '^src/core/',
      '^src/db/',
      '^src/faces/',
      '^src/http-out/',
      '^src/process/',
      '^src/time/',
      '^src/wire/',
      hub,
    ]),
    only('asking-imports-core-and-below', '^src/asking/', [
      '^src/core/',
      '^src/db/',
      '^src/http-out/',
      supplierType,
      '^src/time/',
      '^src/wire/',
      hub,
    ]),
    ...Object.entries(rooms).map(room),
    only('simulators-import-nothing-of-ours', '^simulators/', []),
    {
      name: 'only-the-sandbox-and-the-partner-check-import-simulators',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(sandbox|cli/partner)/|\\.test\\.ts$' },
      to: { path: '^simulators/' },
    },
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
      from: { path: '^src/', pathNot: '^src/faces/|^src/app\\.ts$' },
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

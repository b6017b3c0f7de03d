// The source is TypeScript that Node runs as it is, which needs type stripping (Node 22.18 or newer). npm's scripts
// find such a Node in node_modules/.bin; where it is missing, say what to do instead of failing on the first type.
if (!process.features.typescript) {
  console.error(
    [
      `quanhub: this is Node ${process.versions.node}, and running the source needs Node 22.18 or newer.`,
      'The development dependency "node" brings one, unless install scripts or development dependencies were left out:',
      '  npm ci --ignore-scripts=false --include=dev',
      'Or install Node 22.18 or newer, or run the built package: npm run build && node dist/src/main.js --help',
    ].join('\n'),
  )
  process.exit(1)
}

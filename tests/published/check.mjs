// Redocly's rules for every OpenAPI document in the folder, and AsyncAPI's own parser for the messages.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { createConfig, lint } from '@redocly/openapi-core';

const { Parser } = createRequire(import.meta.url)('@asyncapi/parser');
const folder = process.argv[2];
// There is no licence to name yet.
const config = await createConfig({ extends: ['recommended'], rules: { 'info-license': 'off' }, telemetry: 'off' });
let wrong = 0;

const say = (file, where, what) => {
  wrong += 1;
  console.log(`${file}: ${where}: ${what}`);
};

for (const file of (await readdir(folder)).sort()) {
  const path = join(folder, file);
  if (file.endsWith('.openapi.json')) {
    for (const found of await lint({ ref: path, config }))
      say(file, found.location[0]?.pointer, `${found.message} (${found.ruleId})`);
  } else {
    // Their newest version and tags are advice, not faults.
    const advice = new Set(['asyncapi-latest-version', 'asyncapi3-tags', 'asyncapi-info-contact', 'asyncapi-info-license', 'asyncapi-id', 'asyncapi-info-contact-properties', 'asyncapi-info-license-url']);
    for (const found of await new Parser().validate(await readFile(path, 'utf8')))
      if (!advice.has(found.code)) say(file, found.path.join('/'), `${found.message} (${found.code})`);
  }
}
process.exitCode = wrong ? 1 : 0;

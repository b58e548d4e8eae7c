// As harness/report.py: runs checks, prints signals and the report as JSON, one object a line.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';

const modules = process.env.CLIENT_MODULES;
const resolve = createRequire(join(modules, 'driver.js')).resolve;

export const k8s = await import(resolve('@kubernetes/client-node'));
export const context = { kubeconfig: process.env.KUBECONFIG, namespace: process.env.CLIENT_NAMESPACE };

export function print(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export function connect() {
  const config = new k8s.KubeConfig();
  config.loadFromFile(context.kubeconfig);
  return config;
}

export async function eventually(condition, patience = 30_000) {
  const deadline = Date.now() + patience;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${patience} ms`);
    await pause(20);
  }
}

export async function run(checks) {
  const results = {};
  for (const [name, check] of Object.entries(checks)) {
    try {
      results[name] = { passed: true, saw: (await check()) ?? null };
    } catch (error) {
      results[name] = { passed: false, why: `${name}: ${error.stack ?? error}` };
    }
  }
  const { version } = JSON.parse(readFileSync(join(modules, '@kubernetes/client-node/package.json')));
  print({ version, checks: results });
  process.exit(0);
}

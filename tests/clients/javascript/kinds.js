// The official JavaScript client: every GA list it has a method for.
import { connect, k8s, run } from './report.js';

async function kinds() {
  const config = connect();
  const seen = new Set();
  for (const [name, api] of Object.entries(k8s)) {
    if (!/^\w+V[12]Api$/.test(name)) continue;
    const client = config.makeApiClient(api);
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(client))) {
      if (!/^list(?!Namespaced)\w+$/.test(method) || method.endsWith('WithHttpInfo')) continue;
      for (const item of (await client[method]()).items) seen.add(item.constructor.name);
    }
  }
  return [...seen].sort();
}

await run({ kinds });

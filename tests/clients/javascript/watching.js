// The official JavaScript client's Watch and makeInformer, while the server is restarted and restored.
import { setTimeout as pause } from 'node:timers/promises';

import { connect, context, eventually, k8s, print, run } from './report.js';

const config = connect();
const core = config.makeApiClient(k8s.CoreV1Api);
const { namespace } = context;
const path = `/api/v1/namespaces/${namespace}/configmaps`;

// The first `count` events after a revision, and the revision of the last of them.
async function eventsFrom(resourceVersion, count) {
  const events = [];
  const watch = new k8s.Watch(config);
  let stop = () => {};
  const last = await new Promise((resolve, reject) => {
    const query = { labelSelector: 'seen=by-watch', resourceVersion, timeoutSeconds: 20 };
    const seen = (type, item) => {
      if (type === 'ERROR') reject(Object.assign(new Error(item.message), item));
      else if (events.push(`${type} ${item.metadata.name}`) === count) resolve(item.metadata.resourceVersion);
    };
    const ended = (error) => reject(error ?? new Error(`ended after ${events}`));
    watch.watch(path, query, seen, ended).then((controller) => {
      stop = () => controller.abort();
    }, reject);
  });
  stop();
  return [events.slice(0, count), last];
}

async function watch() {
  const first = (await core.listNamespacedConfigMap({ namespace })).metadata.resourceVersion;
  const labels = { seen: 'by-watch' };
  for (const name of ['w-1', 'w-2']) {
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } });
  }
  await core.deleteNamespacedConfigMap({ name: 'w-1', namespace });
  const [events, last] = await eventsFrom(first, 1);
  return [...events, ...(await eventsFrom(last, 2))[0]];
}

async function informer() {
  const labelSelector = 'told=informer';
  const list = () => core.listNamespacedConfigMap({ namespace, labelSelector });
  const running = k8s.makeInformer(config, path, list, labelSelector);
  const added = new Set();
  running.on('add', (item) => added.add(item.metadata.name));
  running.on('error', async () => {
    await pause(50);
    running.start().catch(() => {});
  });
  const start = () => running.start().then(() => true, () => pause(50));
  await eventually(start);
  for (const name of ['before', 'after-restart']) {
    await eventually(() => added.has(name));
    print({ signal: 'ready' });
  }
  await eventually(() => added.has('after-restore'));
  return running.list().map((item) => item.metadata.name).sort();
}

async function expired() {
  try {
    await eventsFrom('1', 1);
  } catch (error) {
    return [error.code ?? error.statusCode, error.reason];
  }
  throw new Error('not expired');
}

await run({ watch, informer, expired });

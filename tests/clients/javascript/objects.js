// The official JavaScript client: reading and writing.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';

import { connect, context, eventually, k8s, run } from './report.js';

const config = connect();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const { namespace } = context;

const configMap = (name, data, labels) => ({ metadata: { name, labels }, data });
const create = (body) => core.createNamespacedConfigMap({ namespace, body });
const typed = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);

const deployment = (name) => ({
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] } },
  },
});

async function raised(call) {
  try {
    await call;
  } catch (error) {
    assert(error instanceof k8s.ApiException, error);
    return [error.code, JSON.parse(error.body).reason];
  }
  throw new Error('no error');
}

async function crud() {
  const made = await create(configMap('crud', { a: '1' }));
  assert(made.metadata.creationTimestamp instanceof Date);
  assert.deepEqual(await core.readNamespacedConfigMap({ name: 'crud', namespace }), made);
  await core.replaceNamespacedConfigMap({ name: 'crud', namespace, body: { ...made, data: { a: '2' } } });
  await create(configMap('gone'));
  await core.deleteNamespacedConfigMap({ name: 'gone', namespace });
  return (await core.listNamespacedConfigMap({ namespace })).items.map((item) => item.metadata.name);
}

async function pages() {
  for (let number = 0; number < 5; number += 1) await create(configMap(`page-${number}`, {}, { kind: 'page' }));
  const names = [];
  let _continue;
  do {
    const page = await core.listNamespacedConfigMap({ namespace, labelSelector: 'kind=page', limit: 2, _continue });
    names.push(...page.items.map((item) => item.metadata.name));
    _continue = page.metadata._continue;
  } while (_continue);
  return names;
}

async function patches() {
  await apps.createNamespacedDeployment({ namespace, body: deployment('patched') });
  const patch = (body, strategy) =>
    apps.patchNamespacedDeployment({ name: 'patched', namespace, body }, typed(strategy));
  await patch([{ op: 'add', path: '/metadata/labels', value: { by: 'json' } }], k8s.PatchStrategy.JsonPatch);
  await patch({ metadata: { labels: { by: null, too: 'merge' } } }, k8s.PatchStrategy.MergePatch);
  const second = { spec: { template: { spec: { containers: [{ name: 'd', image: 'busybox' }] } } } };
  const patched = await patch(second, k8s.PatchStrategy.StrategicMergePatch);
  return [patched.metadata.labels, patched.spec.template.spec.containers.map((each) => each.name)];
}

async function apply() {
  const by = (fieldManager, value, force) => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('applied', { a: value }) };
    const request = { name: 'applied', namespace, body, fieldManager, force };
    return core.patchNamespacedConfigMap(request, typed(k8s.PatchStrategy.ServerSideApply));
  };
  await by('one', '1');
  return [await raised(by('two', '2')), (await by('two', '2', true)).data];
}

async function subresources() {
  await apps.createNamespacedDeployment({ namespace, body: deployment('scaled') });
  const merge = typed(k8s.PatchStrategy.MergePatch);
  await apps.patchNamespacedDeploymentScale({ name: 'scaled', namespace, body: { spec: { replicas: 2 } } }, merge);
  const schedulingGates = [{ name: 'example.com/wait' }];
  const spec = { containers: [{ name: 'c', image: 'nginx' }], schedulingGates };
  await core.createNamespacedPod({ namespace, body: { metadata: { name: 'with-status' }, spec } });
  const body = { status: { message: 'from the client' } };
  return (await core.patchNamespacedPodStatus({ name: 'with-status', namespace, body }, merge)).status.message;
}

async function errors() {
  const stale = await create(configMap('twice'));
  stale.metadata.resourceVersion = '1';
  return [
    await raised(core.readNamespacedConfigMap({ name: 'absent', namespace })),
    await raised(create(configMap('twice'))),
    await raised(core.replaceNamespacedConfigMap({ name: 'twice', namespace, body: stale })),
    await raised(create(configMap('Not_A_Name'))),
  ];
}

async function auth() {
  const body = { spec: { audiences: [] } };
  const answer = await core.createNamespacedServiceAccountToken({ name: 'default', namespace, body });
  const other = new k8s.KubeConfig();
  other.loadFromClusterAndUser(config.getCurrentCluster(), { name: 'bearer', token: answer.status.token });
  const names = [];
  for (const each of [config, other]) {
    const review = await each.makeApiClient(k8s.AuthenticationV1Api).createSelfSubjectReview({ body: {} });
    names.push(review.status.userInfo.username);
  }
  return names;
}

async function discovery() {
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  await objects.create({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'found', namespace }, spec: {
    schedule: '@yearly',
    jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'nginx' }] } } } },
  } });
  const found = await objects.read({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'found', namespace } });
  const groups = await config.makeApiClient(k8s.ApisApi).getAPIVersions();
  return [found.spec.schedule, groups.groups.some((group) => group.name === 'apps')];
}

async function events() {
  const involvedObject = { kind: 'ConfigMap', name: 'crud', namespace };
  const body = { metadata: { generateName: 'said.' }, involvedObject, reason: 'Said', type: 'Normal' };
  await core.createNamespacedEvent({ namespace, body });
  const found = await core.listNamespacedEvent({ namespace, fieldSelector: 'reason=Said' });
  return found.items.map((item) => item.involvedObject.name);
}

async function leases() {
  const coordination = config.makeApiClient(k8s.CoordinationV1Api);
  const renewTime = new k8s.V1MicroTime('2026-01-02T03:04:05.678Z');
  const body = { metadata: { name: 'held' }, spec: { holderIdentity: 'me', renewTime } };
  const made = await coordination.createNamespacedLease({ namespace, body });
  return made.spec.renewTime;
}

async function streams() {
  const saw = [];
  const log = new k8s.Log(config).log(namespace, 'absent', '', new PassThrough(), {});
  saw.push(await log.then(() => 'no error', (error) => error.code));
  for (const pod of ['absent', 'with-status']) {
    const exec = new k8s.Exec(config).exec(namespace, pod, '', ['true'], new PassThrough(), null, null, false);
    saw.push(await exec.then(() => 'no error', (error) => error.message));
  }
  return saw;
}

async function yaml() {
  const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-yaml\n';
  await create(k8s.loadYaml(text));
  return (await eventually(() => core.readNamespacedConfigMap({ name: 'from-yaml', namespace }))).metadata.name;
}

await run({
  crud, pages, patches, apply, subresources, errors, auth, discovery, events, leases, streams, yaml,
});

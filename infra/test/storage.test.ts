import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYERS, TABLES } from '../lib/layout';
import { rulesOf } from '../lib/storage/lifecycle';
import { readSources } from '../lib/sources';
import { checkoutWithSources } from './checkout';
import { ACCOUNT, Found, REGION, Resolved } from './resolved';
import { Rights } from './rights';
import { synth } from './synth';

interface Rule {
  readonly Id: string;
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly ExpiredObjectDeleteMarker?: boolean;
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
  readonly AbortIncompleteMultipartUpload?: { readonly DaysAfterInitiation: number };
  readonly ObjectSizeGreaterThan?: number;
  readonly Transitions?: readonly { readonly StorageClass: string; readonly TransitionInDays: number }[];
}

const READ_AT_ONCE = ['STANDARD_IA', 'GLACIER_IR'];
const root = checkoutWithSources('fair');
const sources = readSources(`${root}/contracts`).map(({ name }) => name);
const synthesised = synth('prod', { root });
const { retention } = synthesised.config;
const stack = new Resolved(synthesised, 'storage');
const buckets = stack.all('AWS::S3::Bucket');
const others = buckets.filter((bucket) => nameOf(bucket) !== 'logs');

test('there is a bucket for each layer, for answers and for logs; all outlives the stacks, if they ever stood', () => {
  assert.deepEqual(buckets.map(nameOf).sort(), [...LAYERS, 'answers', 'logs'].sort());
  const resources = Object.values(synthesised.template('storage').toJSON().Resources as Record<string, Removable>);
  const kept = resources.filter(({ Type }) => ['AWS::S3::Bucket', 'AWS::KMS::Key'].includes(Type));
  assert.equal(kept.length, buckets.length + 1);
  for (const { DeletionPolicy, UpdateReplacePolicy } of kept) {
    assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['RetainExceptOnCreate', 'Retain']);
  }
  assert.deepEqual(stack.all('AWS::Lambda::Function'), [], 'nothing empties buckets or sets them up from outside');
});

test('no bucket is open, and everything in them is encrypted by the key of the lake, which rotates', () => {
  const [key, ...more] = stack.all('AWS::KMS::Key');
  assert.ok(key && more.length === 0);
  assert.equal(key.properties.EnableKeyRotation, true);
  for (const bucket of buckets) {
    const closed = Object.values(bucket.properties.PublicAccessBlockConfiguration as object);
    assert.deepEqual(closed, [true, true, true, true], nameOf(bucket));
    assert.deepEqual(bucket.properties.OwnershipControls, { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] });
    const everything = new Rights([{ Effect: 'Allow', Action: '*', Resource: '*' }]);
    const rights = everything.and(Rights.refusedAtBucket(stack, String(bucket.properties.BucketName)));
    const object = `${arnOf(bucket)}/any/thing`;
    assert.ok(!rights.may('s3:GetObject', object, { 'aws:SecureTransport': 'false' }), nameOf(bucket));
    assert.ok(!rights.may('s3:GetObject', object, { 's3:TlsVersion': '1.1' }), nameOf(bucket));
    assert.ok(rights.may('s3:GetObject', object, { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' }));
  }
  for (const bucket of others) {
    assert.deepEqual(
      bucket.properties.BucketEncryption,
      {
        ServerSideEncryptionConfiguration: [
          {
            BucketKeyEnabled: true,
            ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: `${key.id}.Arn` },
          },
        ],
      },
      nameOf(bucket),
    );
  }
});

test('every layer has versions; answers have none, so that what is expired is gone', () => {
  for (const bucket of buckets) {
    const isLayer = LAYERS.some((layer) => layer === nameOf(bucket));
    assert.deepEqual(bucket.properties.VersioningConfiguration, isLayer ? { Status: 'Enabled' } : undefined);
  }
  assert.deepEqual(
    rules('answers').map(({ ExpirationInDays }) => ExpirationInDays),
    [retention.answersDays],
  );
});

test('who reads what is logged, in logs that nobody writes or deletes', () => {
  const logs = bucketNamed('logs');
  for (const bucket of others) {
    const { DestinationBucketName, LogFilePrefix } = bucket.properties.LoggingConfiguration as Record<string, unknown>;
    assert.deepEqual([DestinationBucketName, LogFilePrefix], [logs.properties.BucketName, `${nameOf(bucket)}/`]);
  }
  const all = new Rights([{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const rights = all.and(Rights.refusedAtBucket(stack, String(logs.properties.BucketName)));
  const object = `${arnOf(logs)}/bronze/a`;
  const somebody = { 'aws:PrincipalIsAWSService': 'false' };
  for (const action of ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion']) {
    assert.ok(!rights.may(action, object, somebody), action);
  }
  assert.ok(rights.may('s3:PutObject', object, { 'aws:PrincipalIsAWSService': 'true' }));
  assert.deepEqual(
    rules('logs').map(({ ExpirationInDays }) => ExpirationInDays),
    [retention.accessLogsDays],
  );
});

test('bronze tells EventBridge of new objects, and no other bucket does', () => {
  for (const bucket of buckets) {
    const told = nameOf(bucket) === 'bronze' ? { EventBridgeConfiguration: { EventBridgeEnabled: true } } : undefined;
    assert.deepEqual(bucket.properties.NotificationConfiguration, told);
  }
});

test('nobody takes anything out of bronze but the privacy officer', () => {
  const bronze = bucketNamed('bronze');
  const all = new Rights([{ Effect: 'Allow', Action: '*', Resource: '*' }]);
  const rights = all.and(Rights.refusedAtBucket(stack, String(bronze.properties.BucketName)));
  const by = (name: string) => ({ 'aws:PrincipalArn': `arn:aws:iam::${ACCOUNT}:role/${name}` });
  for (const action of ['s3:DeleteObject', 's3:DeleteObjectVersion']) {
    const object = `${arnOf(bronze)}/bronze/webinar/2025/01/01/a.json`;
    assert.ok(rights.may(action, object, by('leadlake-prod-privacy')));
    for (const other of [
      'leadlake-prod-pipeline',
      'Administrator',
      'leadlake-dev-privacy',
      'leadlake-prod-privacy-2',
    ]) {
      assert.ok(!rights.may(action, object, by(other)), `${other}: ${action}`);
    }
  }
});

test('bronze grows colder by age and ends after seven years, together with what was overwritten', () => {
  const classes = rules('bronze').flatMap(({ Transitions = [] }) => Transitions);
  assert.deepEqual(
    classes.map(({ StorageClass, TransitionInDays }) => [TransitionInDays, StorageClass]),
    [
      [30, 'STANDARD_IA'],
      [180, 'GLACIER_IR'],
      [365, 'DEEP_ARCHIVE'],
    ],
  );
  const ends = rules('bronze').flatMap(({ ExpirationInDays = [] }) => ExpirationInDays);
  assert.deepEqual(ends, [retention.bronzeDays]);
  assert.ok(retention.bronzeDays >= 7 * 365);
  const noncurrent = rules('bronze').flatMap(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration ?? []);
  assert.deepEqual(noncurrent, [{ NoncurrentDays: retention.bronzeDays }]);
});

test('what is queried never goes where it cannot be read at once, and nothing small moves', () => {
  for (const layer of LAYERS) {
    const bucket = bucketNamed(layer).properties.LifecycleConfiguration as Record<string, unknown>;
    assert.equal(bucket.TransitionDefaultMinimumObjectSize, 'all_storage_classes_128K');
    for (const rule of rules(layer).filter(({ Transitions }) => Transitions)) {
      assert.equal(rule.ObjectSizeGreaterThan, 128 * 1024, rule.Id);
      const classes = rule.Transitions?.map(({ StorageClass }) => StorageClass) ?? [];
      assert.ok(
        layer === 'bronze' || classes.every((name) => READ_AT_ONCE.includes(name)),
        `${layer}: ${classes.join()}`,
      );
    }
  }
});

test('no rule touches what is current of a table with versions', () => {
  for (const { name, layer, folder } of TABLES) {
    const object = `${folder}/snap=00000001-a/part-00000.parquet`;
    const touching = rules(layer).filter(({ Prefix = '' }) => object.startsWith(Prefix));
    const current = touching.filter(({ ExpirationInDays, Transitions }) => ExpirationInDays ?? Transitions);
    assert.deepEqual(current, [], name);
  }
});

test('each source ends when its contract says, its ledger before what the ledger names', () => {
  assert.ok(sources.includes('fair') && sources.includes('webinar'));
  const levels = new Map(readSources(`${root}/contracts`).map((source) => [source.name, source.levels.retentionDays]));
  for (const source of sources) {
    const end = (layer: 'silver' | 'ops', folder: string) => {
      const [rule, ...more] = rules(layer).filter(
        ({ Prefix, ExpirationInDays }) => Prefix === `${folder}/${source}/` && ExpirationInDays,
      );
      assert.ok(rule?.ExpirationInDays && more.length === 0, `${folder}/${source} does not end`);
      return rule.ExpirationInDays;
    };
    const ledger = end('ops', 'ledger');
    assert.equal(ledger, levels.get(source) ?? retention.silverDays);
    assert.ok(end('silver', 'silver') > ledger, source);
    assert.ok(end('silver', 'quarantine') > ledger, source);
  }
});

test('old versions, their markers and what was never finished go away in each layer', () => {
  for (const layer of LAYERS) {
    const tidy = rules(layer).filter(({ Prefix, ObjectSizeGreaterThan }) => !Prefix && !ObjectSizeGreaterThan);
    assert.ok(
      tidy.some(({ NoncurrentVersionExpiration }) => NoncurrentVersionExpiration),
      layer,
    );
    assert.ok(
      tidy.some(({ ExpiredObjectDeleteMarker }) => ExpiredObjectDeleteMarker),
      layer,
    );
    assert.ok(
      tidy.some(({ AbortIncompleteMultipartUpload }) => AbortIncompleteMultipartUpload),
      layer,
    );
  }
});

test('the rules that S3 allows a bucket are enough for three hundred sources, which is more than a stack holds', () => {
  const many = Array.from({ length: 300 }, (_, index) => ({
    name: `s${index}`,
    description: '',
    columns: [],
    levels: {},
  }));
  for (const layer of LAYERS) {
    assert.ok(rulesOf(layer, many, retention).length <= 1000, layer);
  }
});

test('who deploys is told where to put files, and what to call the lake', () => {
  const outputs = synthesised.template('storage').toJSON().Outputs as Record<string, { readonly Value: unknown }>;
  assert.deepEqual(outputs.Bronze?.Value, { Ref: bucketNamed('bronze').id });
  const address = JSON.stringify(outputs.Lake?.Value);
  assert.match(address, /"s3:\/\/leadlake-prod-\{layer\}-",\{"Ref":"AWS::AccountId"\},"-",\{"Ref":"AWS::Region"\}/);
});

interface Removable {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

function nameOf({ properties }: Found): string {
  const name = String(properties.BucketName);
  const [, what] = /^leadlake-prod-(\w+)-(.+)$/.exec(name) ?? [];
  assert.ok(what && name.endsWith(`-${ACCOUNT}-${REGION}`), name);
  return what;
}

function bucketNamed(what: string): Found {
  const found = buckets.find((bucket) => nameOf(bucket) === what);
  assert.ok(found, `there is no bucket for ${what}`);
  return found;
}

function arnOf({ properties }: Found): string {
  return `arn:aws:s3:::${String(properties.BucketName)}`;
}

function rules(what: string): readonly Rule[] {
  const { Rules } = bucketNamed(what).properties.LifecycleConfiguration as { readonly Rules: readonly Rule[] };
  return Rules;
}

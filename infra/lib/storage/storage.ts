import { aws_iam as iam, aws_kms as kms, aws_s3 as s3, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Layer, LAYERS } from '../layout';
import { endAfter, rulesOf } from './lifecycle';
import { accept } from '../nag';
import { bucketName, nameOf } from '../names';
import { Source } from '../sources';

export interface StorageProps {
  readonly config: StageConfig;
  readonly sources: readonly Source[];
}

/**
 * A bucket for each layer, one for Athena's answers, one for access logs, and the key that encrypts them. All of it
 * stays when the stacks are deleted. What a first deployment made before it failed goes with it: it is empty, and its
 * names would be in the way of the next.
 */
export class Storage extends Construct {
  readonly key: kms.IKey;
  readonly buckets: Readonly<Record<Layer, s3.IBucket>>;
  /** Athena's answers, a folder for each workgroup. */
  readonly answers: s3.IBucket;
  /** What the functions know the lake by: `s3://leadlake-dev-{layer}-...`. */
  readonly address: string;

  private readonly accessLogs: s3.Bucket;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: StorageProps,
  ) {
    super(scope, id);
    const { config, sources } = props;
    this.key = new kms.Key(this, 'Key', {
      alias: nameOf(config),
      description: `Everything that ${nameOf(config)} keeps`,
      enableKeyRotation: true,
      removalPolicy: this.afterwards,
    });
    this.accessLogs = this.bucketOfAccessLogs();
    const layer = (name: Layer) => this.bucketOfLayer(name, rulesOf(name, sources, config.retention));
    this.buckets = Object.fromEntries(LAYERS.map((name) => [name, layer(name)])) as Record<Layer, s3.Bucket>;
    this.answers = this.bucketOfAnswers();
    this.address = `s3://${bucketName(this, config, '{layer}')}`;
    if (config.deleteData) {
      accept(this, 'AwsSolutions-S1', 'Buckets that are about to be deleted: what is logged late would fill them anew.');
    }
  }

  private bucketOfLayer(layer: Layer, lifecycleRules: readonly s3.LifecycleRule[]): s3.Bucket {
    const { config } = this.props;
    const bucket = new s3.Bucket(this, layer, {
      ...this.likeAll(layer),
      ...this.encryptedAndLogged(layer),
      versioned: true,
      lifecycleRules: [...lifecycleRules],
      transitionDefaultMinimumObjectSize: s3.TransitionDefaultMinimumObjectSize.ALL_STORAGE_CLASSES_128_K,
    });
    if (lifecycleRules.some(({ objectSizeGreaterThan }) => objectSizeGreaterThan)) {
      accept(
        bucket,
        'CloudFormation-Validate::W9003',
        'The construct writes the least size as a number, which S3 takes.',
      );
    }
    if (layer === 'bronze') {
      tellEventBridge(bucket);
    }
    if (layer === 'bronze' && !config.deleteData) {
      this.keepFromDeletion(bucket);
    }
    return bucket;
  }

  /** Answers are about people, so they have no versions: what is a day old is gone, and not only hidden. */
  private bucketOfAnswers(): s3.Bucket {
    return new s3.Bucket(this, 'answers', {
      ...this.likeAll('answers'),
      ...this.encryptedAndLogged('answers'),
      lifecycleRules: [...endAfter(this.props.config.retention.answersDays)],
    });
  }

  /** S3 writes them, their age takes them away, and nobody else does either. */
  private bucketOfAccessLogs(): s3.Bucket {
    const logs = new s3.Bucket(this, 'logs', {
      ...this.likeAll('logs'),
      // S3 delivers logs under no key of a customer's.
      encryption: s3.BucketEncryption.S3_MANAGED,
      lifecycleRules: [...endAfter(this.props.config.retention.accessLogsDays)],
    });
    accept(logs, 'AwsSolutions-S1', 'Logs of the deliveries of logs would grow by themselves, for ever.');
    if (!this.props.config.deleteData) {
      this.keepAsDelivered(logs);
    }
    return logs;
  }

  private keepAsDelivered(logs: s3.Bucket): void {
    logs.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'LogsAreNotDeleted',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        resources: [logs.arnForObjects('*')],
      }),
    );
    logs.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'LogsAreNotForged',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:PutObject'],
        resources: [logs.arnForObjects('*')],
        conditions: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
      }),
    );
  }

  private likeAll(what: string): s3.BucketProps {
    return {
      bucketName: bucketName(this, this.props.config, what),
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: this.afterwards,
      autoDeleteObjects: this.props.config.deleteData,
    };
  }

  private get afterwards(): RemovalPolicy {
    return this.props.config.deleteData ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
  }

  private encryptedAndLogged(what: string): s3.BucketProps {
    const encrypted = { encryption: s3.BucketEncryption.KMS, encryptionKey: this.key, bucketKeyEnabled: true };
    if (this.props.config.deleteData) {
      // Logs are delivered hours later, into a bucket that has to stay empty.
      return encrypted;
    }
    return {
      ...encrypted,
      serverAccessLogsBucket: this.accessLogs,
      serverAccessLogsPrefix: `${what}/`,
      targetObjectKeyFormat: s3.TargetObjectKeyFormat.partitionedPrefix(s3.PartitionDateSource.EVENT_TIME),
    };
  }

  /**
   * What arrived stays until its lifecycle ends, which no policy binds. Who has to erase a person may do it earlier.
   * The role belongs to a stack that comes later, so its name stands here.
   */
  private keepFromDeletion(bronze: s3.Bucket): void {
    const privacy = Stack.of(this).formatArn({
      service: 'iam',
      region: '',
      resource: 'role',
      resourceName: nameOf(this.props.config, 'privacy'),
    });
    bronze.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'RawDataIsNotDeleted',
        effect: iam.Effect.DENY,
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:DeleteObject', 's3:DeleteObjectVersion'],
        resources: [bronze.arnForObjects('*')],
        conditions: { ArnNotLike: { 'aws:PrincipalArn': privacy } },
      }),
    );
  }
}

/** The L2's own switch brings a function that calls S3. */
function tellEventBridge(bucket: s3.Bucket): void {
  const resource = bucket.node.defaultChild as s3.CfnBucket;
  resource.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
}

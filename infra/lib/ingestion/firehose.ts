import { aws_iam as iam, aws_kinesisfirehose as firehose, aws_logs as logs, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { FolderGrants } from '../functions/grants';
import { logGroupOf } from '../functions/lambda';
import { nameOf } from '../names';
import { Source } from '../sources';
import { Storage } from '../storage/storage';

export interface LineStreamProps {
  readonly config: StageConfig;
  readonly source: Source;
  readonly storage: Storage;
}

/** Beside `bronze/`, so that no rule takes what Firehose could not deliver for an arrival. */
const UNDELIVERED = 'undelivered';
const BUFFERED_SECONDS = 300;
const BUFFERED_MIB = 64;

/**
 * For who has single events and no files: what is put here becomes lines of an object in bronze.
 *
 * It is of L1, because the destination of L2 lets its role read and delete the whole bucket.
 */
export class LineStream extends Construct {
  readonly stream: firehose.CfnDeliveryStream;

  constructor(scope: Construct, id: string, props: LineStreamProps) {
    super(scope, id);
    const { config, source, storage } = props;
    const { bronze } = storage.buckets;
    const delivered = `bronze/${source.name}`;
    const undelivered = `${UNDELIVERED}/${source.name}`;
    const name = nameOf(config, source.name);

    const role = new iam.Role(this, 'Role', {
      description: `What the stream ${name} may do`,
      assumedBy: new iam.ServicePrincipal('firehose.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    const logGroup = logGroupOf(this, 'Logs', config, `/aws/kinesisfirehose/${name}`);
    const logStream = new logs.LogStream(this, 'LogStream', { logGroup, removalPolicy: RemovalPolicy.DESTROY });
    logGroup.grantWrite(role);
    new FolderGrants(role, storage)
      .read(delivered, undelivered)
      .write(delivered, undelivered)
      .list(delivered, undelivered)
      .useKey('kms:Decrypt', 'kms:GenerateDataKey');
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['s3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
        resources: [bronze.bucketArn],
      }),
    );

    this.stream = new firehose.CfnDeliveryStream(this, 'Stream', {
      deliveryStreamName: name,
      deliveryStreamType: 'DirectPut',
      deliveryStreamEncryptionConfigurationInput: { keyType: 'AWS_OWNED_CMK' },
      extendedS3DestinationConfiguration: {
        bucketArn: bronze.bucketArn,
        roleArn: role.roleArn,
        prefix: `${delivered}/!{timestamp:yyyy/MM/dd}/`,
        errorOutputPrefix: `${undelivered}/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/`,
        customTimeZone: 'UTC',
        bufferingHints: { intervalInSeconds: BUFFERED_SECONDS, sizeInMBs: BUFFERED_MIB },
        compressionFormat: 'GZIP',
        fileExtension: '.json.gz',
        encryptionConfiguration: { kmsEncryptionConfig: { awskmsKeyArn: storage.key.keyArn } },
        processingConfiguration: {
          enabled: true,
          processors: [
            {
              type: 'AppendDelimiterToRecord',
              parameters: [{ parameterName: 'Delimiter', parameterValue: '\\n' }],
            },
          ],
        },
        cloudWatchLoggingOptions: {
          enabled: true,
          logGroupName: logGroup.logGroupName,
          logStreamName: logStream.logStreamName,
        },
      },
    });
    this.stream.node.addDependency(role);
  }
}

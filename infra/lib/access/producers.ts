import { aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { FolderGrants } from '../functions/grants';
import { Ingestion } from '../ingestion/ingestion';
import { nameOf } from '../names';
import { Source } from '../sources';
import { Storage } from '../storage/storage';

export interface ProducerProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly ingestion: Ingestion;
}

/**
 * For whoever delivers a source, to be attached there. It can add to its own folder, and to its stream where there is
 * one, and read nothing, not even what it wrote. S3 decrypts the parts of an upload under its right to the key; without
 * a right to read objects that shows it none.
 */
export function addProducer(scope: Construct, { name }: Source, { config, storage, ingestion }: ProducerProps): void {
  const policy = new iam.ManagedPolicy(scope, `Producer-${name}`, {
    managedPolicyName: nameOf(config, 'producer', name),
    description: `Delivers ${name}`,
  });
  new FolderGrants(policy, storage).write(`bronze/${name}`).useKey('kms:Decrypt', 'kms:GenerateDataKey');
  const lines = ingestion.streams.get(name);
  if (lines) {
    policy.addStatements(
      new iam.PolicyStatement({
        actions: ['firehose:PutRecord', 'firehose:PutRecordBatch'],
        resources: [lines.stream.attrArn],
      }),
    );
  }
}

import { aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../config';
import { FolderGrants } from './grants';
import { nameOf } from './names';
import { Source } from './sources';
import { Storage } from './storage';

export interface ProducerProps {
  readonly config: StageConfig;
  readonly storage: Storage;
}

/**
 * For whoever delivers a source, to be attached there. It can add to its own folder and read nothing, not even what it
 * wrote. Uploads in parts would need to decrypt, so an object comes in one request, of at most 5 GB.
 */
export function addProducer(scope: Construct, { name }: Source, { config, storage }: ProducerProps): void {
  const policy = new iam.ManagedPolicy(scope, `Producer-${name}`, {
    managedPolicyName: nameOf(config, 'producer', name),
    description: `Puts objects of ${name} into bronze`,
  });
  new FolderGrants(policy, storage).put(`bronze/${name}`).useKey('kms:GenerateDataKey');
}

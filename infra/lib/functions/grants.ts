import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import { layerOf } from '../layout';
import { acceptWildcard } from '../nag';
import { Storage } from '../storage/storage';

/** What somebody may do in folders of the lake: nothing else of a bucket is ever named. */
export class FolderGrants {
  constructor(private readonly to: iam.IGrantable, private readonly storage: Storage) {}

  read(...folders: readonly string[]): this {
    return this.allow(['s3:GetObject'], folders);
  }

  /** An event names the version that it is about. */
  readVersions(...folders: readonly string[]): this {
    return this.allow(['s3:GetObject', 's3:GetObjectVersion'], folders);
  }

  write(...folders: readonly string[]): this {
    return this.allow(['s3:PutObject', 's3:AbortMultipartUpload'], folders);
  }

  writeOne(key: string): this {
    return this.add(['s3:PutObject'], [this.storage.buckets[layerOf(key)].arnForObjects(key)]);
  }

  delete(...folders: readonly string[]): this {
    return this.allow(['s3:DeleteObject'], folders);
  }

  /** With it, what was overwritten or deleted goes, too. */
  deleteVersions(...folders: readonly string[]): this {
    return this.allow(['s3:DeleteObjectVersion'], folders);
  }

  /** Out of Deep Archive, for as long as it takes to read. */
  restore(...folders: readonly string[]): this {
    return this.allow(['s3:RestoreObject'], folders);
  }

  list(...folders: readonly string[]): this {
    return this.listBy('s3:ListBucket', folders, 'StringLike');
  }

  /**
   * For whoever asks for what may not be there: of a missing key S3 says "denied" to those who may not list. Whether it
   * weighs the key as the prefix then, it does not document, so a request that names no prefix is let through.
   */
  look(...folders: readonly string[]): this {
    return this.listBy('s3:ListBucket', folders, 'StringLikeIfExists');
  }

  listVersions(...folders: readonly string[]): this {
    return this.listBy('s3:ListBucketVersions', folders, 'StringLike');
  }

  /** The key of the lake, by way of S3 and for nothing else. */
  useKey(...actions: readonly ('kms:Decrypt' | 'kms:GenerateDataKey')[]): this {
    const service = `s3.${Stack.of(this.storage).region}.amazonaws.com`;
    return this.add(actions, [this.storage.key.keyArn], { StringEquals: { 'kms:ViaService': service } });
  }

  private listBy(action: string, folders: readonly string[], condition: string): this {
    for (const layer of new Set(folders.map(layerOf))) {
      const prefixes = folders.filter((folder) => layerOf(folder) === layer).map((folder) => `${folder}/*`);
      this.add([action], [this.storage.buckets[layer].bucketArn], { [condition]: { 's3:prefix': prefixes } });
    }
    return this;
  }

  /** Also a folder's objects by their beginnings, as `silver/leads/snap=`. */
  private allow(actions: readonly string[], folders: readonly string[]): this {
    const patterns = folders.map((folder) =>
      this.storage.buckets[layerOf(folder)].arnForObjects(folder.endsWith('=') ? `${folder}*` : `${folder}/*`),
    );
    for (const [index, pattern] of patterns.entries()) {
      const reason = `keys below ${folders[index]} follow from the data; the pattern ends at this folder`;
      acceptWildcard(this.to, pattern, reason);
    }
    return this.add(actions, patterns);
  }

  private add(
    actions: readonly string[],
    resources: readonly string[],
    conditions?: Record<string, Record<string, string | readonly string[]>>,
  ): this {
    this.to.grantPrincipal.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: [...actions], resources: [...resources], conditions }),
    );
    return this;
  }
}

import { aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { FolderGrants } from '../functions/grants';
import { LakePermissions } from '../governance/lake_formation';
import { accept } from '../nag';
import { nameOf } from '../names';
import { Reading } from '../access/people';
import { Storage } from '../storage/storage';

export interface SpectrumRoleProps {
  readonly config: StageConfig;
  /** The external schema that reads under this role. */
  readonly schema: string;
  /** Tables of which no column is hidden. */
  readonly readings: readonly Reading[];
  readonly storage: Storage;
  readonly catalog: Catalog;
}

/** What an external schema of Redshift reads: these tables, and nothing beside them. */
export class SpectrumRole extends iam.Role {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: SpectrumRoleProps,
  ) {
    super(scope, id, {
      roleName: nameOf(props.config, 'spectrum', props.schema),
      description: `What the schema ${props.schema} of the warehouse reads`,
      assumedBy: new iam.CompositePrincipal(
        new iam.ServicePrincipal('redshift-serverless.amazonaws.com'),
        new iam.ServicePrincipal('redshift.amazonaws.com'),
      ),
    });
    props.catalog.grantReadTables(
      this,
      props.readings.map(({ table }) => table),
    );
    if (props.config.governance) {
      this.askLakeFormation();
    } else {
      this.readFolders();
    }
  }

  private readFolders(): void {
    const { readings, storage } = this.props;
    const folders = readings.map(({ folder }) => folder);
    const buckets = new Set(readings.map(({ layer }) => storage.buckets[layer].bucketArn));
    this.addToPolicy(new iam.PolicyStatement({ actions: ['s3:GetBucketLocation'], resources: [...buckets] }));
    new FolderGrants(this, storage)
      .list(...folders)
      .read(...folders)
      .useKey('kms:Decrypt');
  }

  /** It hands out the files, so that the role has none of its own. */
  private askLakeFormation(): void {
    const { schema, readings, catalog } = this.props;
    this.addToPolicy(new iam.PolicyStatement({ actions: ['lakeformation:GetDataAccess'], resources: ['*'] }));
    const reason = 'The action knows no resources. Grants of Lake Formation, table by table, bound it.';
    accept(this, 'AwsSolutions-IAM5[Resource::*]', reason);
    const permissions = new LakePermissions(this, 'Grants', catalog.database).seeDatabase(schema, this.roleArn);
    for (const { table, hasVersions } of readings) {
      const names = hasVersions ? [table, `${table}_versions`] : [table];
      names.forEach((name) => permissions.readTable(schema, this.roleArn, name, []));
    }
  }
}

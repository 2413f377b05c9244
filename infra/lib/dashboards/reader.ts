import { aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { letAskLakeFormation } from '../governance/governed';
import { FolderGrants } from '../functions/grants';
import { LakePermissions } from '../governance/lake_formation';
import { Table } from '../layout';
import { nameOf } from '../names';
import { Storage } from '../storage/storage';

export interface ReaderProps {
  readonly config: StageConfig;
  readonly tables: readonly Table[];
  readonly storage: Storage;
  readonly catalog: Catalog;
}

/** QuickSight asks Athena as it. What QuickSight's role in the account may read is left as it is. */
export class Reader extends iam.Role {
  constructor(scope: Construct, id: string, { config, tables, storage, catalog }: ReaderProps) {
    super(scope, id, {
      roleName: nameOf(config, 'dashboards'),
      description: `QuickSight reads ${tables.map(({ name }) => name).join(', ')}`,
      assumedBy: new iam.ServicePrincipal('quicksight.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
      }),
    });
    catalog.grantReadTables(this, tables.map(({ name }) => name));
    catalog.grantAsk(this, 'analyst');
    if (config.governance) {
      this.readThroughLakeFormation(tables, catalog);
    } else {
      const folders = tables.map(({ folder }) => folder);
      new FolderGrants(this, storage).read(...folders).list(...folders).useKey('kms:Decrypt');
    }
  }

  private readThroughLakeFormation(tables: readonly Table[], catalog: Catalog): void {
    letAskLakeFormation(this);
    const permissions = new LakePermissions(this, 'Grants', catalog.database);
    permissions.seeDatabase('dashboards', this.roleArn);
    tables.forEach(({ name }) => permissions.readTable('dashboards', this.roleArn, name, []));
  }
}

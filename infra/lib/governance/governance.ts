import { aws_iam as iam, aws_lakeformation as lakeformation, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { roleOf } from './governed';
import { FolderGrants } from '../functions/grants';
import { LakePermissions } from './lake_formation';
import { Layer } from '../layout';
import { nameOf } from '../names';
import { READERS, readingsOf } from '../access/people';
import { Source } from '../sources';
import type { LakeStack } from '../stacks';
import { Storage } from '../storage/storage';

export interface GovernanceProps extends StackProps {
  readonly config: StageConfig;
  readonly sources: readonly Source[];
  readonly storage: Storage;
  readonly lake: LakeStack;
}

/** Without bronze: who may read that has grants on its folders. */
const GOVERNED: readonly Exclude<Layer, 'bronze'>[] = ['silver', 'features', 'gold', 'ops'];
const FOLDERS = ['silver', 'quarantine', 'features', 'gold', 'ledger', 'ops/ledger'];

/**
 * Lake Formation: who may read which columns. It hands out files to those it lets, so they need no grants on folders
 * and get none.
 *
 * The database lets nobody else: tables that are made in it have no grant for everybody (see the catalog). Those that
 * were made before `governance` was switched on still have it, until somebody revokes it: docs/DEPLOY.md says how.
 */
export class GovernanceStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: GovernanceProps,
  ) {
    super(scope, id, { ...props, description: 'leadlake: which columns people may read' });
    const permissions = new LakePermissions(this, 'Grants', props.lake.catalog.database).after(...this.locations());
    this.letWrite(permissions);
    this.letRead(permissions);
  }

  private letWrite(permissions: LakePermissions): void {
    const { storage, lake } = this.props;
    const { pipeline, privacy } = lake.access.roles;
    permissions.writeTables('pipeline', pipeline.roleArn).writeTables('privacy', privacy.roleArn);
    const writers = {
      score: roleOf(lake.processing.score),
      catalog: roleOf(lake.processing.catalog),
      tables: roleOf(lake.processing.tables.function),
      pipeline: pipeline.roleArn,
      privacy: privacy.roleArn,
    };
    for (const [who, role] of Object.entries(writers)) {
      GOVERNED.forEach((layer) => permissions.useLocation(who, role, layer, storage.buckets[layer].bucketArn));
    }
  }

  private letRead(permissions: LakePermissions): void {
    const { sources, lake } = this.props;
    for (const reader of READERS) {
      const role = lake.access.roles[reader].roleArn;
      permissions.seeDatabase(reader, role);
      for (const { table, hasVersions, hidden, shown } of readingsOf(reader, sources)) {
        const names = hasVersions ? [table, `${table}_versions`] : [table];
        names.forEach((name) =>
          shown
            ? permissions.readColumns(reader, role, name, shown)
            : permissions.readTable(reader, role, name, hidden),
        );
      }
    }
  }

  private locations(): readonly lakeformation.CfnResource[] {
    const { config, storage } = this.props;
    const reader = new iam.Role(this, 'Reader', {
      roleName: nameOf(config, 'governed'),
      description: 'Lake Formation reads what it hands out',
      assumedBy: new iam.ServicePrincipal('lakeformation.amazonaws.com'),
    });
    new FolderGrants(reader, storage)
      .list(...FOLDERS)
      .read(...FOLDERS)
      .useKey('kms:Decrypt');
    return GOVERNED.map((layer) => {
      const location = new lakeformation.CfnResource(this, `Location-${layer}`, {
        resourceArn: storage.buckets[layer].bucketArn,
        useServiceLinkedRole: false,
        roleArn: reader.roleArn,
      });
      location.node.addDependency(reader);
      return location;
    });
  }
}

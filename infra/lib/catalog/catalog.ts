import { Arn, aws_athena as athena, aws_glue as glue, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PEOPLE, Person, StageConfig } from '../../config';
import { acceptWildcard } from '../nag';
import { databaseName, nameOf } from '../names';
import { Storage } from '../storage/storage';

export interface CatalogProps {
  readonly config: StageConfig;
  readonly storage: Storage;
}

/** Who asks Athena: people, and the catalog function. */
export type Asker = Person | 'catalog';
export const ASKERS: readonly Asker[] = [...PEOPLE, 'catalog'];

export interface Workgroup {
  readonly name: string;
  /** Of the bucket for answers. Nobody reads the answers to another. */
  readonly folder: string;
}

const GIGABYTE = 1024 ** 3;

const WRITE_TABLES = [
  'glue:GetTable',
  'glue:GetTables',
  'glue:CreateTable',
  'glue:UpdateTable',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:BatchGetPartition',
  'glue:BatchCreatePartition',
  'glue:DeletePartition',
];
/** To make a table show another version: nothing is looked for, and nothing goes. */
const PUBLISH = ['glue:GetTable', 'glue:CreateTable', 'glue:UpdateTable', 'glue:BatchCreatePartition'];
const READ_TABLES = [
  'glue:GetTable',
  'glue:GetTables',
  'glue:GetPartition',
  'glue:GetPartitions',
  'glue:BatchGetPartition',
];
const ASK = [
  'athena:StartQueryExecution',
  'athena:GetQueryExecution',
  'athena:GetQueryResults',
  'athena:StopQueryExecution',
];
/** What the console and the drivers of BI tools ask besides. */
const ASK_BY_HAND = [
  'athena:GetWorkGroup',
  'athena:ListQueryExecutions',
  'athena:BatchGetQueryExecution',
  'athena:GetQueryResultsStream',
  'athena:GetQueryRuntimeStatistics',
  'athena:ListNamedQueries',
  'athena:GetNamedQuery',
  'athena:BatchGetNamedQuery',
];
const LOOK_AROUND = [
  'athena:GetDataCatalog',
  'athena:ListDatabases',
  'athena:GetDatabase',
  'athena:ListTableMetadata',
  'athena:GetTableMetadata',
];

/** AWS lists these whole or not at all; without them the editor shows no workgroup to ask in. */
const LIST = ['athena:ListWorkGroups', 'athena:ListDataCatalogs', 'athena:ListEngineVersions'];

/** The database that Glue has of the lake, and a workgroup of Athena for each who asks. The catalog function makes tables. */
export class Catalog extends Construct {
  readonly database: string;
  readonly workgroups: Readonly<Record<Asker, Workgroup>>;

  constructor(scope: Construct, id: string, private readonly props: CatalogProps) {
    super(scope, id);
    const { config } = props;
    this.database = databaseName(config);
    new glue.CfnDatabase(this, 'Database', {
      catalogId: Stack.of(this).account,
      databaseInput: {
        name: this.database,
        description: 'Tables of leadlake; the catalog function writes them',
        // Else each new table is everybody's whom IAM lets, whatever Lake Formation is told of columns.
        ...(config.governance ? { createTableDefaultPermissions: [] } : {}),
      },
    });
    const workgroups = ASKERS.map((asker) => [asker, this.workgroup(asker)]);
    this.workgroups = Object.fromEntries(workgroups) as Record<Asker, Workgroup>;
  }

  /** Tables and partitions of this database, and no other. */
  grantWriteTables(to: iam.IGrantable): void {
    this.grantDatabase(to, ['glue:GetDatabase']);
    this.grantTables(to, WRITE_TABLES, ['*']);
    const why = 'It makes the tables, whose names follow the contracts. The database bounds it.';
    acceptWildcard(to, this.tableArn('*'), why);
  }

  /** Each new version of a table, as soon as it is written. */
  grantPublish(to: iam.IGrantable): void {
    this.grantTables(to, PUBLISH, ['*']);
    acceptWildcard(to, this.tableArn('*'), 'It may be the first to show a table. The database bounds it.');
  }

  /**
   * Only the named tables, and what they are called with in `_versions`. Glue documents that its list of tables is then
   * one of these: it leaves out what may not be seen, and does not refuse the whole.
   */
  grantReadTables(to: iam.IGrantable, tables: readonly string[]): void {
    this.grantDatabase(to, ['glue:GetDatabase', 'glue:GetDatabases']);
    this.grantTables(to, READ_TABLES, tables.flatMap((table) => [table, `${table}_versions`]));
  }

  /** Questions in its workgroup, and the answers to them. */
  grantAsk(to: iam.IGrantable, asker: Asker): void {
    const byHand = asker !== 'catalog';
    allow(to, byHand ? [...ASK, ...ASK_BY_HAND] : ASK, [this.arn('athena', 'workgroup', this.workgroups[asker].name)]);
    if (byHand) {
      allow(to, LOOK_AROUND, [this.arn('athena', 'datacatalog', 'AwsDataCatalog')]);
      allow(to, LIST, ['*']);
      acceptWildcard(to, '*', 'Lists of Athena take no resource. They tell names of workgroups, and nothing in them.');
    }
    this.grantAnswers(to, this.workgroups[asker].folder);
  }

  /** Its history and saved queries would keep a workgroup from being deleted; the questions stand in models/. */
  private workgroup(asker: Asker): Workgroup {
    const { config, storage } = this.props;
    const { name, folder } = { name: nameOf(config, asker), folder: `${asker}/` };
    new athena.CfnWorkGroup(this, `Workgroup-${asker}`, {
      name,
      description: asker === 'catalog' ? 'The catalog function: KPIs and gold' : `Questions of: ${asker}`,
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        publishCloudWatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: config.athena.scanLimitGb[asker] * GIGABYTE,
        engineVersion: { selectedEngineVersion: 'Athena engine version 3' },
        resultConfiguration: {
          outputLocation: `s3://${storage.answers.bucketName}/${folder}`,
          expectedBucketOwner: Stack.of(this).account,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: storage.key.keyArn },
        },
      },
    });
    return { name, folder };
  }

  /** Athena looks at `default` whatever it is asked. */
  private grantDatabase(to: iam.IGrantable, actions: readonly string[]): void {
    const databases = [this.database, 'default'].map((name) => this.arn('glue', 'database', name));
    allow(to, actions, [this.arn('glue', 'catalog'), ...databases]);
  }

  /** Glue asks whether it is allowed on all that a table lies in, too. */
  private grantTables(to: iam.IGrantable, actions: readonly string[], tables: readonly string[]): void {
    const around = [this.arn('glue', 'catalog'), this.arn('glue', 'database', this.database)];
    allow(to, actions, [...around, ...tables.map((table) => this.tableArn(table))]);
  }

  private grantAnswers(to: iam.IGrantable, folder: string): void {
    const { answers, key } = this.props.storage;
    const objects = answers.arnForObjects(`${folder}*`);
    allow(to, ['s3:GetBucketLocation'], [answers.bucketArn]);
    allow(to, ['s3:ListBucket'], [answers.bucketArn], { StringLike: { 's3:prefix': `${folder}*` } });
    allow(
      to,
      ['s3:GetObject', 's3:PutObject', 's3:ListMultipartUploadParts', 's3:AbortMultipartUpload'],
      [objects],
    );
    acceptWildcard(to, objects, 'Athena names the answers. The folder, which is its own, bounds it.');
    allow(to, ['kms:Decrypt', 'kms:GenerateDataKey'], [key.keyArn], {
      StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.amazonaws.com` },
    });
  }

  private tableArn(table: string): string {
    return this.arn('glue', 'table', this.database, table);
  }

  private arn(service: string, ...path: readonly string[]): string {
    const [resource, ...names] = path;
    return Arn.format({ service, resource: [resource, ...names].join('/') }, Stack.of(this));
  }
}

function allow(
  to: iam.IGrantable,
  actions: readonly string[],
  resourceArns: readonly string[],
  conditions?: Record<string, Record<string, unknown>>,
): void {
  iam.Grant.addToPrincipal({ grantee: to, actions: [...actions], resourceArns: [...resourceArns], conditions });
}

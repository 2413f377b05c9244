import {
  aws_iam as iam,
  aws_logs as logs,
  aws_redshiftserverless as redshift,
  CfnOutput,
  Fn,
  RemovalPolicy,
  Stack,
  StackProps,
  Tags,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig, WarehouseSettings } from '../../config';
import { accept } from '../nag';
import { nameOf } from '../names';
import { Reader, Reading, readingsOf, wholeOnly } from '../access/people';
import { Source } from '../sources';
import { SpectrumRole } from './spectrum_role';
import type { LakeStack } from '../stacks';
import { Storage } from '../storage/storage';
import { WarehouseNetwork, ZONES } from './network';

export interface WarehouseProps extends StackProps {
  readonly config: StageConfig;
  readonly sources: readonly Source[];
  readonly storage: Storage;
  readonly lake: LakeStack;
  readonly warehouse: WarehouseSettings;
}

/** Who asks the warehouse, each under the database role of the same name in infra/warehouse. */
export const WAREHOUSE_READERS = ['analyst', 'scientist'] as const satisfies readonly Reader[];

const DATABASE = 'leadlake';
const LOGS = ['connectionlog', 'userlog', 'useractivitylog'];
const LONGEST_QUERY_SECONDS = 900;

/** Redshift Serverless over the lake's tables. It keeps no data: views only, which infra/warehouse makes anew. */
export class WarehouseStack extends Stack {
  constructor(scope: Construct, id: string, private readonly props: WarehouseProps) {
    super(scope, id, { ...props, description: 'leadlake: Redshift Serverless over the tables of the lake' });
    const lake = this.spectrumRole('lake', whole('analyst', props), props);
    const ofFeatures = whole('scientist', props).filter(({ layer }) => layer === 'features');
    const features = this.spectrumRole('features', ofFeatures, props);
    const namespace = this.namespace(props, [lake, features]);
    const workgroup = this.workgroup(props, namespace);
    this.letAsk(props, workgroup);
    this.tell('Database', DATABASE);
    this.tell('NamespaceName', namespace.namespaceName);
    this.tell('WorkgroupName', workgroup.workgroupName);
    this.tell('WorkgroupArn', workgroup.attrWorkgroupWorkgroupArn);
    this.tell('GlueDatabase', props.lake.catalog.database);
    this.tell('LakeRole', lake.roleArn);
    this.tell('FeaturesRole', features.roleArn);
  }

  /** By number where the stage names none, so that no template needs to ask an account for its zones. */
  override get availabilityZones(): string[] {
    const { zones = [] } = this.props.warehouse;
    return Array.from({ length: ZONES }, (_, zone) => zones[zone % zones.length] ?? Fn.select(zone, Fn.getAzs()));
  }

  private spectrumRole(
    schema: string,
    readings: readonly Reading[],
    { config, storage, lake }: WarehouseProps,
  ): iam.IRole {
    return new SpectrumRole(this, `Spectrum-${schema}`, { config, schema, readings, storage, catalog: lake.catalog });
  }

  private namespace({ config, storage }: WarehouseProps, roles: readonly iam.IRole[]): redshift.CfnNamespace {
    const namespaceName = nameOf(config);
    const namespace = new redshift.CfnNamespace(this, 'Namespace', {
      namespaceName,
      dbName: DATABASE,
      adminUsername: 'leadlake_admin',
      manageAdminPassword: true,
      kmsKeyId: storage.key.keyArn,
      iamRoles: roles.map((role) => role.roleArn),
      logExports: LOGS,
    });
    for (const log of LOGS) {
      // Redshift writes into a group of this name if there is one, and else makes one that keeps everything for ever.
      const group = new logs.LogGroup(this, `Log-${log}`, {
        logGroupName: `/aws/redshift/${namespaceName}/${log}`,
        retention: config.logs.retentionDays,
        removalPolicy: RemovalPolicy.DESTROY,
      });
      namespace.node.addDependency(group);
    }
    return namespace;
  }

  /**
   * Without enhanced VPC routing: the warehouse talks to S3 and Glue only, under roles that name what they may read.
   * With it the network would need endpoints of both, and those of Glue are paid for by the hour in each zone, also
   * while nobody asks.
   */
  private workgroup({ config, warehouse }: WarehouseProps, namespace: redshift.CfnNamespace): redshift.CfnWorkgroup {
    const network = new WarehouseNetwork(this, 'Network', { config });
    const workgroup = new redshift.CfnWorkgroup(this, 'Workgroup', {
      workgroupName: nameOf(config),
      namespaceName: namespace.namespaceName,
      baseCapacity: warehouse.baseCapacity,
      maxCapacity: warehouse.maxCapacity,
      publiclyAccessible: false,
      enhancedVpcRouting: false,
      subnetIds: network.subnetIds,
      securityGroupIds: [network.securityGroup.securityGroupId],
      configParameters: [
        { parameterKey: 'require_ssl', parameterValue: 'true' },
        { parameterKey: 'enable_user_activity_logging', parameterValue: 'true' },
        { parameterKey: 'max_query_execution_time', parameterValue: String(LONGEST_QUERY_SECONDS) },
      ],
    });
    workgroup.addResourceDependency(namespace);
    return workgroup;
  }

  /** By the Data API, under their own roles, without passwords. What they see, the SQL of infra/warehouse grants. */
  private letAsk({ config, lake }: WarehouseProps, workgroup: redshift.CfnWorkgroup): void {
    const roles = WAREHOUSE_READERS.map((person) => lake.access.roles[person]);
    const policy = new iam.ManagedPolicy(this, 'Ask', {
      managedPolicyName: nameOf(config, 'ask-warehouse'),
      description: 'Questions to the warehouse of leadlake, by the Data API of Redshift',
      roles,
      statements: [
        new iam.PolicyStatement({
          actions: [
            'redshift-serverless:GetCredentials',
            'redshift-serverless:GetWorkgroup',
            'redshift-data:ExecuteStatement',
            'redshift-data:BatchExecuteStatement',
            'redshift-data:ListDatabases',
            'redshift-data:ListSchemas',
            'redshift-data:ListTables',
            'redshift-data:DescribeTable',
          ],
          resources: [workgroup.attrWorkgroupWorkgroupArn],
        }),
        new iam.PolicyStatement({
          actions: [
            'redshift-data:DescribeStatement',
            'redshift-data:GetStatementResult',
            'redshift-data:CancelStatement',
            'redshift-data:ListStatements',
          ],
          resources: ['*'],
          conditions: { StringEquals: { 'redshift-data:statement-owner-iam-userid': '${aws:userid}' } },
        }),
        new iam.PolicyStatement({ actions: ['tag:GetResources', 'tag:GetTagKeys'], resources: ['*'] }),
      ],
    });
    accept(
      policy,
      'AwsSolutions-IAM5[Resource::*]',
      'A statement has no ARN: the condition bounds these calls to the statements of who asks. Redshift reads the ' +
        'tag of the role by which it knows the database role, and calls that look up tags take no resource.',
    );
    for (const person of WAREHOUSE_READERS) {
      Tags.of(lake.access.roles[person]).add('RedshiftDbRoles', person);
    }
  }

  private tell(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}

/**
 * Who may use an external schema may read all that its role may read. So a schema is never wider than what each of its
 * users reads with Athena, and tables of which a column is hidden are in none: a role for files hides no columns.
 */
function whole(reader: Reader, { sources }: WarehouseProps): readonly Reading[] {
  return wholeOnly(readingsOf(reader, sources));
}

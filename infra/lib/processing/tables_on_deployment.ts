import { aws_lambda as lambda, CfnResource, Duration, Stack, triggers } from 'aws-cdk-lib';
import { Construct, IDependable } from 'constructs';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { FunctionCode } from '../functions/code';
import { FolderGrants } from '../functions/grants';
import { lakeFunction, logGroupOf } from '../functions/lambda';
import { TABLES } from '../layout';
import { Storage } from '../storage/storage';

export interface TablesOnDeploymentProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly code: FunctionCode;
}

/**
 * Each deployment that changes the function ends with the tables of its contracts in Glue, or not at all.
 *
 * The catalog function could do that, and much that may fail for reasons that are no deployment's: Athena, somebody's
 * thresholds, a run that is going on and is the only one let in. Then no version could be deployed, nor the one before
 * it again. So this is the same program in a function of its own, which is told and allowed to show tables only.
 */
export class TablesOnDeployment extends Construct {
  readonly function: lambda.Function;
  private readonly trigger: triggers.Trigger;

  constructor(scope: Construct, id: string, props: TablesOnDeploymentProps) {
    super(scope, id);
    const { config, catalog } = props;
    this.function = lakeFunction(this, 'Function', {
      ...props,
      program: 'catalog',
      name: ['tables'],
      description: 'Tables and partitions in Glue, when a deployment ends',
      settings: config.catalog,
      environment: { LEADLAKE_GLUE_DATABASE: catalog.database, LEADLAKE_ONLY_TABLES: 'true' },
    });
    this.grant(props);
    this.trigger = new triggers.Trigger(this, 'Call', {
      handler: this.function,
      timeout: Duration.seconds(config.catalog.timeoutSeconds),
      executeAfter: [catalog],
    });
    this.boundLogsOfCaller(config);
  }

  /** What has to be there before tables can be shown. */
  callAfter(...those: readonly Construct[]): void {
    this.trigger.executeAfter(...those);
  }

  /** What has to wait for the tables. */
  get called(): IDependable {
    return this.trigger;
  }

  /** Folders are days of sources; what tables look like stands in their logs. It reads no row. */
  private grant({ storage, catalog }: TablesOnDeploymentProps): void {
    new FolderGrants(this.function, storage)
      .look('bronze', 'silver', 'quarantine', 'features', 'gold', 'ledger', 'ops/ledger')
      .read(...TABLES.map(({ folder }) => `${folder}/_log`))
      .useKey('kms:Decrypt');
    catalog.grantWriteTables(this.function);
  }

  /**
   * CDK makes one function that calls, for all triggers of a stack, and gives its log no end. The log has no name of
   * ours: the last lines of a stack that is deleted would make the log anew, and the next stack would find it there.
   */
  private boundLogsOfCaller(config: StageConfig): void {
    const caller = Stack.of(this).node.findChild('AWSCDK.TriggerCustomResourceProviderCustomResourceProvider');
    const logs = logGroupOf(this, 'CallerLogs', config);
    (caller.node.findChild('Handler') as CfnResource).addPropertyOverride('LoggingConfig', {
      LogGroup: logs.logGroupName,
    });
  }
}

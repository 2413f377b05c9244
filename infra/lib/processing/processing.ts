import {
  aws_iam as iam,
  aws_lambda as lambda,
  aws_sqs as sqs,
  aws_stepfunctions as sfn,
  Duration,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { FunctionCode } from '../functions/code';
import { FolderGrants } from '../functions/grants';
import { lakeFunction } from '../functions/lambda';
import { Table, TABLES, writerOf } from '../layout';
import { call, machine } from './machines';
import { acceptWildcard } from '../nag';
import { metricsNamespace, nameOf } from '../names';
import { asideQueue } from '../ingestion/queues';
import { Schedules } from './schedules';
import { Storage } from '../storage/storage';
import { TablesOnDeployment } from './tables_on_deployment';

export interface ProcessingProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly code: FunctionCode;
}

/** The names under which the functions report their own errors. */
const SCORE_ERROR = 'ScoreError';
const CATALOG_ERROR = 'CatalogueError';
/** Two at once end right, but in vain: a run and a vacuum wait for each other. */
const ONE_AT_ONCE = 1;

/** From silver to KPIs: score, then catalog, on a schedule; vacuum on another. */
export class Processing extends Construct {
  readonly score: lambda.Function;
  readonly catalog: lambda.Function;
  readonly tables: TablesOnDeployment;
  readonly run: sfn.StateMachine;
  readonly vacuum: sfn.StateMachine;
  /** What a schedule could not start. */
  readonly dead: sqs.Queue;

  constructor(scope: Construct, id: string, private readonly props: ProcessingProps) {
    super(scope, id);
    const { config } = props;
    this.score = this.scoreFunction();
    this.catalog = this.catalogFunction();
    this.grantScore();
    this.grantCatalog();
    this.run = this.runMachine();
    this.vacuum = this.vacuumMachine();
    const calls = [[this.run, this.score], [this.run, this.catalog], [this.vacuum, this.catalog]] as const;
    for (const [{ role }, called] of calls) {
      acceptWildcard(role, `${called.functionArn}:*`, 'versions of this one function, which CDK grants with it');
    }
    this.dead = asideQueue(this, 'Dead', nameOf(config, 'schedules', 'missed'));
    this.tables = new TablesOnDeployment(this, 'Tables', props);
    this.schedule();
  }

  private scoreFunction(): lambda.Function {
    const { config, catalog } = this.props;
    return lakeFunction(this, 'Score', {
      ...this.props,
      program: 'score',
      name: ['score'],
      description: 'Silver becomes people, features and scores',
      settings: config.score,
      reserve: ONE_AT_ONCE,
      environment: { LEADLAKE_GLUE_DATABASE: catalog.database, LEADLAKE_SCRATCH: '/tmp' },
    });
  }

  private catalogFunction(): lambda.Function {
    const { config, catalog } = this.props;
    return lakeFunction(this, 'Catalog', {
      ...this.props,
      program: 'catalog',
      name: ['catalog'],
      description: 'Tables and partitions in Glue, gold by Athena, KPIs to CloudWatch, and old versions taken away',
      settings: config.catalog,
      reserve: ONE_AT_ONCE,
      environment: {
        LEADLAKE_GLUE_DATABASE: catalog.database,
        LEADLAKE_ATHENA_WORKGROUP: catalog.workgroups.catalog.name,
        LEADLAKE_ATHENA_TIMEOUT_SECONDS: String(Math.floor(config.catalog.timeoutSeconds * 0.9)),
      },
    });
  }

  private grantScore(): void {
    const { storage, catalog } = this.props;
    const written = folders(TABLES.filter((table) => writerOf(table) === 'score'));
    new FolderGrants(this.score, storage)
      .read('silver', 'features', 'gold', 'ledger', 'ops')
      .look('silver', 'features', 'gold', 'ledger', 'ops')
      .write(...written)
      .writeOne('ops/salt')
      .useKey('kms:Decrypt', 'kms:GenerateDataKey');
    catalog.grantPublish(this.score);
  }

  /** It reads tables and no events of sources. A vacuum is noted in a table's log, and no log is ever deleted. */
  private grantCatalog(): void {
    const { config, storage, catalog } = this.props;
    const written = folders(TABLES.filter((table) => writerOf(table) === 'catalog'));
    const layers = [...new Set(TABLES.map((table) => table.layer))];
    new FolderGrants(this.catalog, storage)
      .read(...folders(TABLES), 'ops/settings')
      .look('bronze', 'silver', 'quarantine', 'features', 'gold', 'ledger', 'ops')
      .write(...written, ...layers.map((layer) => `${layer}/*/_log`))
      .delete(...layers.map((layer) => `${layer}/*/snap=`))
      .useKey('kms:Decrypt', 'kms:GenerateDataKey');
    catalog.grantWriteTables(this.catalog);
    catalog.grantAsk(this.catalog, 'catalog');
    this.catalog.addToRolePolicy(
      new iam.PolicyStatement({
        actions: ['cloudwatch:PutMetricData'],
        resources: ['*'],
        conditions: { StringEquals: { 'cloudwatch:namespace': metricsNamespace(config) } },
      }),
    );
    acceptWildcard(this.catalog, '*', 'metrics have no resources; a condition keeps to the namespace of the lake');
  }

  private runMachine(): sfn.StateMachine {
    const steps = new Construct(this, 'RunSteps');
    const score = call(steps, 'Score', {
      function: this.score,
      comment: 'People, features and scores of what is new in silver',
      ownErrors: [SCORE_ERROR],
    });
    const catalog = call(steps, 'Catalog', {
      function: this.catalog,
      comment: 'Gold of these scores; the answer of Score says which',
      ownErrors: [CATALOG_ERROR],
    });
    // New days of silver become visible, and monitors are told of them, also while nobody can be scored.
    const catalogAlone = call(steps, 'Catalog without new scores', {
      function: this.catalog,
      comment: 'New days become visible, and monitors are told',
      payload: sfn.TaskInput.fromObject({}),
      ownErrors: [CATALOG_ERROR],
      answer: { resultPath: sfn.JsonPath.DISCARD },
    });
    const notScored = new sfn.Fail(steps, 'Not scored', {
      errorPath: '$.failure.Error',
      causePath: '$.failure.Cause',
    });
    score.addCatch(catalogAlone, { resultPath: '$.failure' });
    catalogAlone.addCatch(notScored, { resultPath: sfn.JsonPath.DISCARD });
    catalogAlone.next(notScored);
    return machine(this, 'Run', {
      config: this.props.config,
      name: 'run',
      comment: 'From silver to KPIs: score, then catalog',
      timeout: Duration.hours(3),
      steps: score.next(catalog),
    });
  }

  private vacuumMachine(): sfn.StateMachine {
    const { config } = this.props;
    const steps = new Construct(this, 'VacuumSteps');
    const vacuum = call(steps, 'Vacuum', {
      function: this.catalog,
      comment: 'Versions of tables that nobody goes back to any more',
      payload: sfn.TaskInput.fromObject({ vacuum: true, keep_days: config.retention.tableVersionsDays }),
      ownErrors: [CATALOG_ERROR],
    });
    const isAnyLeft = new sfn.Choice(steps, 'Is any left?');
    isAnyLeft.when(sfn.Condition.isPresent('$.unfinished[0]'), vacuum).otherwise(new sfn.Succeed(steps, 'Clean'));
    return machine(this, 'Vacuum', {
      config,
      name: 'vacuum',
      comment: 'Takes old versions of tables away, as often as it takes',
      timeout: Duration.hours(6),
      steps: vacuum.next(isAnyLeft),
    });
  }

  private schedule(): void {
    const { config } = this.props;
    const schedules = new Schedules(this, 'Schedules', { config, dead: this.dead });
    // A rate begins with a first start at once, into calls that a deployment makes.
    schedules.node.addDependency(this.tables.called);
    schedules.start(this.run, {
      name: 'run',
      description: 'Scores people and adds up KPIs',
      expression: config.schedule.score,
    });
    schedules.start(this.vacuum, {
      name: 'vacuum',
      description: 'Takes old versions of tables away',
      expression: config.schedule.vacuum,
      within: Duration.minutes(15),
    });
  }
}

function folders(tables: readonly Table[]): readonly string[] {
  return tables.map((table) => table.folder);
}

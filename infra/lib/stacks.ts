import { join } from 'node:path';
import { App, CfnOutput, Stack, StackProps, Tags } from 'aws-cdk-lib';
import { StageConfig } from '../config';
import { checked } from '../config/checked';
import { Access } from './access/access';
import { boundSources } from './capacity';
import { Catalog } from './catalog/catalog';
import { FunctionCode } from './functions/code';
import { checkConcurrency } from './functions/concurrency';
import { DashboardsStack } from './dashboards/dashboards';
import { GovernanceStack } from './governance/governance';
import { Governed } from './governance/governed';
import { Ingestion } from './ingestion/ingestion';
import { Kpi, readKpis } from './kpis';
import { nameOf } from './names';
import { Observability } from './observability/observability';
import { Processing } from './processing/processing';
import { QuestionsStack } from './catalog/questions';
import { readSources, Source } from './sources';
import { Storage } from './storage/storage';
import { WarehouseStack } from './warehouse/warehouse';

export interface Checkout {
  /** The repository. */
  readonly root: string;
  /** The built functions. */
  readonly functions: string;
}

/** Keys and buckets, which outlive everything else. */
export class StorageStack extends Stack {
  readonly storage: Storage;

  constructor(app: App, config: StageConfig, sources: readonly Source[], props: StackProps) {
    super(app, nameOf(config, 'storage'), { ...props, description: 'leadlake: buckets and their key' });
    this.storage = new Storage(this, 'Storage', { config, sources });
    new CfnOutput(this, 'Bronze', {
      description: 'The bucket that sources deliver to',
      value: this.storage.buckets.bronze.bucketName,
    });
    new CfnOutput(this, 'Lake', {
      description: 'What functions and command line know the lake by',
      value: this.storage.address,
    });
  }
}

/** What works on the data. It holds none, so it can be deleted and made again. */
export class LakeStack extends Stack {
  readonly ingestion: Ingestion;
  readonly catalog: Catalog;
  readonly processing: Processing;
  readonly access: Access;

  constructor(
    app: App,
    config: StageConfig,
    { storage, sources, code }: { storage: Storage; sources: readonly Source[]; code: FunctionCode },
    props: StackProps,
  ) {
    super(app, nameOf(config, 'lake'), { ...props, description: 'leadlake: functions, queues, schedules, roles' });
    this.ingestion = new Ingestion(this, 'Ingestion', { config, sources, storage, code });
    this.catalog = new Catalog(this, 'Catalog', { config, storage });
    this.processing = new Processing(this, 'Processing', { config, storage, catalog: this.catalog, code });
    if (config.governance) {
      new Governed(this, 'Governed', { config, catalog: this.catalog, processing: this.processing });
    }
    this.access = new Access(this, 'Access', {
      config,
      storage,
      catalog: this.catalog,
      ingestion: this.ingestion,
      processing: this.processing,
    });
    new CfnOutput(this, 'Run', { description: 'From silver to KPIs', value: this.processing.run.stateMachineArn });
    checkConcurrency(this, config);
  }
}

/** What watches over the lake. */
export class AlarmsStack extends Stack {
  readonly observability: Observability;

  constructor(app: App, config: StageConfig, lake: LakeStack, kpis: readonly Kpi[], props: StackProps) {
    super(app, nameOf(config, 'alarms'), { ...props, description: 'leadlake: alarms, objectives, dashboard' });
    const { ingestion, processing } = lake;
    this.observability = new Observability(this, 'Observability', { config, ingestion, processing, kpis });
  }
}

export interface Stacks {
  readonly storage: StorageStack;
  readonly lake: LakeStack;
  readonly alarms: AlarmsStack;
  readonly questions: QuestionsStack;
  readonly governance?: GovernanceStack;
  readonly warehouse?: WarehouseStack;
  readonly dashboards?: DashboardsStack;
}

/** All stacks of a stage. What is optional is a stack of its own, and so is what emulators refuse. */
export function addStacks(app: App, stage: StageConfig, checkout: Checkout): Stacks {
  const sources = readSources(join(checkout.root, 'contracts'));
  const config = checked(stage, sources.map(({ name }) => name));
  const props: StackProps = {
    env: { account: config.account, region: config.region },
    terminationProtection: config.terminationProtection,
  };
  const kpis = readKpis(checkout.root);
  const code = new FunctionCode(checkout.functions, config);
  const storage = new StorageStack(app, config, sources, props);
  const lake = new LakeStack(app, config, { storage: storage.storage, sources, code }, props);
  const shared = { config, root: checkout.root, sources, storage: storage.storage, lake };
  Tags.of(app).add('project', config.name);
  Tags.of(app).add('stage', config.stage);
  const stacks: Stacks = {
    storage,
    lake,
    alarms: new AlarmsStack(app, config, lake, kpis, props),
    questions: new QuestionsStack(app, nameOf(config, 'questions'), { ...props, ...shared }),
    governance: config.governance
      ? new GovernanceStack(app, nameOf(config, 'governance'), { ...props, ...shared })
      : undefined,
    warehouse: config.warehouse
      ? new WarehouseStack(app, nameOf(config, 'warehouse'), { ...props, ...shared, warehouse: config.warehouse })
      : undefined,
    dashboards: config.dashboards
      ? new DashboardsStack(app, nameOf(config, 'dashboards'), { ...props, ...shared, dashboards: config.dashboards })
      : undefined,
  };
  Object.values(stacks).forEach((stack) => stack && boundSources(stack, sources));
  // Some say names of the lake only, in which CDK sees no reference.
  const { storage: _storage, lake: _lake, ...around } = stacks;
  Object.values(around).forEach((stack) => stack?.addStackDependency(lake));
  if (stacks.governance) {
    // Each grants in Lake Formation, which refuses grants on one thing that arrive at the same time.
    stacks.warehouse?.addStackDependency(stacks.governance);
    stacks.dashboards?.addStackDependency(stacks.governance);
  }
  return stacks;
}

import { aws_quicksight as quicksight, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DashboardSettings, StageConfig } from '../../config';
import { DataSet, inputType, readDataSets, sqlIn } from './datasets';
import { definitionOf } from './definition';
import { OWN_ANALYSIS, OWN_DASHBOARD, OWN_DATA_SET, OWN_DATA_SOURCE } from './permissions';
import { Reader } from './reader';
import { nameOf } from '../names';
import type { LakeStack } from '../stacks';
import { Storage } from '../storage/storage';

export interface DashboardsProps extends StackProps {
  readonly config: StageConfig;
  readonly root: string;
  readonly storage: Storage;
  readonly lake: LakeStack;
  readonly dashboards: DashboardSettings;
}

/** QuickSight over the KPIs and scores. */
export class DashboardsStack extends Stack {
  constructor(scope: Construct, id: string, private readonly props: DashboardsProps) {
    super(scope, id, { ...props, description: 'leadlake: data sets and dashboard of QuickSight' });
    const { root } = props;
    const dataSets = readDataSets(root);
    const source = this.dataSource(dataSets);
    const arns = dataSets.map((dataSet) => [dataSet.name, this.dataSet(dataSet, source).attrArn]);
    const definition = definitionOf(root, Object.fromEntries(arns) as Record<string, string>);
    this.boards(definition);
  }

  private dataSource(dataSets: readonly DataSet[]): quicksight.CfnDataSource {
    const { config, storage, lake: { catalog } } = this.props;
    const tables = [...new Set(dataSets.flatMap((dataSet) => dataSet.tables))];
    const reader = new Reader(this, 'Reader', { config, tables, storage, catalog });
    const source = new quicksight.CfnDataSource(this, 'Source', {
      awsAccountId: this.account,
      dataSourceId: nameOf(config),
      name: nameOf(config),
      type: 'ATHENA',
      dataSourceParameters: {
        athenaParameters: { workGroup: catalog.workgroups.analyst.name, roleArn: reader.roleArn },
      },
      sslProperties: { disableSsl: false },
      permissions: this.owners(OWN_DATA_SOURCE),
    });
    source.node.addDependency(reader);
    return source;
  }

  private dataSet(dataSet: DataSet, source: quicksight.CfnDataSource): quicksight.CfnDataSet {
    const { config, lake, dashboards } = this.props;
    const { name, title, columns } = dataSet;
    const made = new quicksight.CfnDataSet(this, `DataSet-${name}`, {
      awsAccountId: this.account,
      dataSetId: nameOf(config, name),
      name: `${nameOf(config)}: ${title}`,
      importMode: 'SPICE',
      // Tables of gold are there after the first run only, and this may be deployed before it.
      ingestionWaitPolicy: { waitForSpiceIngestion: false },
      physicalTableMap: {
        [tableId(name)]: {
          customSql: {
            dataSourceArn: source.attrArn,
            name,
            sqlQuery: sqlIn(lake.catalog.database, dataSet),
            columns: columns.map((column) => ({ name: column.name, ...inputType(column.type) })),
          },
        },
      },
      permissions: this.owners(OWN_DATA_SET),
    });
    const refresh = new quicksight.CfnRefreshSchedule(this, `Refresh-${name}`, {
      awsAccountId: this.account,
      dataSetId: nameOf(config, name),
      schedule: {
        scheduleId: 'daily',
        refreshType: 'FULL_REFRESH',
        scheduleFrequency: {
          interval: 'DAILY',
          timeOfTheDay: dashboards.refreshAt,
          timeZone: config.schedule.timezone,
        },
      },
    });
    refresh.addResourceDependency(made);
    return made;
  }

  /** What is published, and what the owners change and publish anew. */
  private boards(definition: quicksight.CfnAnalysis.AnalysisDefinitionProperty): void {
    const { config } = this.props;
    const name = `${nameOf(config)}: leads and KPIs`;
    const shared = {
      awsAccountId: this.account,
      name,
      definition,
      themeArn: `arn:${this.partition}:quicksight::aws:theme/CLASSIC`,
      validationStrategy: { mode: 'STRICT' },
    };
    new quicksight.CfnAnalysis(this, 'Analysis', {
      ...shared,
      analysisId: nameOf(config),
      permissions: this.owners(OWN_ANALYSIS),
    });
    new quicksight.CfnDashboard(this, 'Dashboard', {
      ...shared,
      dashboardId: nameOf(config),
      permissions: this.owners(OWN_DASHBOARD),
      dashboardPublishOptions: {
        adHocFilteringOption: { availabilityStatus: 'ENABLED' },
        exportToCsvOption: { availabilityStatus: 'ENABLED' },
        sheetControlsOption: { visibilityState: 'EXPANDED' },
      },
    });
  }

  private owners(actions: readonly string[]) {
    const { ownerGroup, identityRegion = this.region } = this.props.dashboards;
    const group = `arn:${this.partition}:quicksight:${identityRegion}:${this.account}:group/default/${ownerGroup}`;
    return [{ principal: group, actions: [...actions] }];
  }
}

/** QuickSight's ids of tables know no underscores. */
function tableId(dataSet: string): string {
  return dataSet.replaceAll('_', '-');
}

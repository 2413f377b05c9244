import { ArnFormat, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { acceptWildcard } from '../nag';
import { nameOf } from '../names';

const READ_LOGS = [
  'logs:DescribeLogStreams',
  'logs:FilterLogEvents',
  'logs:GetLogEvents',
  'logs:StartLiveTail',
  'logs:StartQuery',
];
/** None of these takes a resource. A query's answers are known by an id that only who began it is told. */
const OF_THE_ACCOUNT = [
  'cloudwatch:DescribeAlarmHistory',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:GetMetricData',
  'cloudwatch:GetMetricStatistics',
  'cloudwatch:ListDashboards',
  'cloudwatch:ListMetrics',
  'logs:DescribeLogGroups',
  'logs:DescribeQueries',
  'logs:DescribeQueryDefinitions',
  'logs:GetQueryResults',
  'logs:StopLiveTail',
  'logs:StopQuery',
];

/** What the runbook looks at: alarms, the dashboard, logs of functions, schedules, rules and what the stack tells. */
export function letWatch(role: iam.Role, config: StageConfig): void {
  const stack = Stack.of(role);
  const allow = (actions: readonly string[], ...resources: readonly string[]) =>
    role.addToPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }));
  const rules = stack.formatArn({ service: 'events', resource: 'rule', resourceName: nameOf(config, 'arrivals', '*') });
  const schedules = stack.formatArn({
    service: 'scheduler',
    resource: 'schedule',
    resourceName: `${nameOf(config)}/${nameOf(config, '*')}`,
  });
  const itself = stack.formatArn({
    service: 'cloudformation',
    resource: 'stack',
    resourceName: `${stack.stackName}/*`,
  });
  const logs = logsOf(stack, config);
  allow(READ_LOGS, ...logs);
  allow(['events:DescribeRule', 'events:ListTargetsByRule'], rules);
  allow(['scheduler:GetSchedule'], schedules);
  allow(['cloudformation:DescribeStacks'], itself);
  allow(['cloudwatch:GetDashboard'], dashboardOf(stack, config));
  allow(OF_THE_ACCOUNT, '*');
  for (const pattern of [...logs, rules, schedules, itself].filter((resource) => resource.includes('*'))) {
    acceptWildcard(role, pattern, 'What the deployment has of this kind, to look at only. Its name bounds it.');
  }
  acceptWildcard(role, '*', 'Lists take no resource. They tell names and numbers, and nothing of what records say.');
}

/** AWS writes the name of a group with and without `:*` behind it. */
function logsOf(stack: Stack, config: StageConfig): readonly string[] {
  const group = (name: string) =>
    stack.formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: `/aws/lambda/${name}`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  const jobs = ['score', 'catalog', 'tables'].map((name) => nameOf(config, name));
  return [...jobs.flatMap((name) => [group(name), group(`${name}:*`)]), group(nameOf(config, 'refine', '*'))];
}

function dashboardOf(stack: Stack, config: StageConfig): string {
  return stack.formatArn({ service: 'cloudwatch', region: '', resource: 'dashboard', resourceName: nameOf(config) });
}

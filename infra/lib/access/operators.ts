import { ArnFormat, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { FolderGrants } from '../functions/grants';
import { Ingestion } from '../ingestion/ingestion';
import { acceptWildcard } from '../nag';
import { nameOf } from '../names';
import { Processing } from '../processing/processing';
import { Storage } from '../storage/storage';
import { letWatch } from './watchers';

export interface Operated {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly ingestion: Ingestion;
  readonly processing: Processing;
}

/**
 * What others than sources leave behind lies in these, too: the catalog as files, and what Firehose could not
 * deliver.
 */
const RAW = ['bronze', 'undelivered'];
const MADE = ['silver', 'quarantine', 'features', 'gold', 'ledger', 'ops', 'catalog'];

/** What the command line and the runbook do against AWS. Raw data they add to and never take from. */
export function letOperate(role: iam.Role, operated: Operated): void {
  const { storage, catalog, ingestion, processing } = operated;
  new FolderGrants(role, storage)
    .look(...RAW, ...MADE)
    .readVersions(...RAW)
    .read(...MADE)
    .write(...RAW, ...MADE)
    .delete(...MADE)
    .restore(...RAW)
    .useKey('kms:Decrypt', 'kms:GenerateDataKey');
  catalog.grantWriteTables(role);
  letRedrive(role, ingestion);
  letStart(role, ingestion, processing);
  letHold(role, operated);
  letWatch(role, operated.config);
}

/** To erase a person is to rewrite or delete what names them, in each layer, with all earlier versions of it. */
export function letErase(role: iam.Role, { storage, catalog }: Operated): void {
  const all = [...RAW, ...MADE];
  new FolderGrants(role, storage)
    .list(...all)
    .listVersions(...all)
    .readVersions(...all)
    .write(...all)
    .delete(...all)
    .deleteVersions(...all)
    .restore(...RAW)
    .useKey('kms:Decrypt', 'kms:GenerateDataKey');
  catalog.grantWriteTables(role);
}

function letRedrive(role: iam.Role, { intakes }: Ingestion): void {
  const look = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];
  for (const { queue, dead } of intakes) {
    iam.Grant.addToPrincipal({ grantee: role, actions: ['sqs:SendMessage', ...look], resourceArns: [queue.queueArn] });
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', ...look],
      resourceArns: [dead.queueArn],
    });
  }
}

function letStart(role: iam.Role, { intakes }: Ingestion, { score, catalog, run, dead }: Processing): void {
  const functions = [...intakes.map((intake) => intake.function), score, catalog];
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: ['lambda:InvokeFunction'],
    resourceArns: functions.map(({ functionArn }) => functionArn),
  });
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: ['states:StartExecution', 'states:ListExecutions'],
    resourceArns: [run.stateMachineArn],
  });
  const executions = Stack.of(run).formatArn({
    service: 'states',
    resource: 'execution',
    resourceName: `${run.stateMachineName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: ['states:DescribeExecution', 'states:GetExecutionHistory', 'states:StopExecution'],
    resourceArns: [executions],
  });
  acceptWildcard(role, executions, 'Each execution has a name of its own. The state machine bounds it.');
  iam.Grant.addToPrincipal({
    grantee: role,
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:PurgeQueue', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    resourceArns: [dead.queueArn],
  });
}

/** To keep functions from taking messages, and to let them again. */
function letHold(role: iam.Role, { config, processing }: Operated): void {
  const stack = Stack.of(processing);
  const mappings = stack.formatArn({
    service: 'lambda',
    resource: 'event-source-mapping',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  const functions = stack.formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: nameOf(config, 'refine', '*'),
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'],
      resources: [mappings],
      conditions: { ArnLike: { 'lambda:FunctionArn': functions } },
    }),
  );
  acceptWildcard(role, mappings, 'Lambda names mappings itself. A condition keeps to those of functions that refine.');
  role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:ListEventSourceMappings'], resources: ['*'] }));
  acceptWildcard(role, '*', 'Lists take no resource. They tell names and numbers, and nothing of what records say.');
}

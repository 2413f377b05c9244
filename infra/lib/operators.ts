import { ArnFormat, aws_iam as iam, Stack } from 'aws-cdk-lib';
import { Catalog } from './catalog';
import { FolderGrants } from './grants';
import { Ingestion } from './ingestion';
import { acceptWildcard } from './nag';
import { Processing } from './processing';
import { Storage } from './storage';

export interface Operated {
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

/** What the command line does against AWS. Raw data it adds to and never takes from. */
export function letOperate(role: iam.Role, { storage, catalog, ingestion, processing }: Operated): void {
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
    actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
    resourceArns: [dead.queueArn],
  });
}

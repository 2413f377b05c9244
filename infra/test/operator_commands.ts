import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Person } from '../config';
import { ACCOUNT, arnOf, REGION } from './resolved';
import { ROOT } from './synth';

/** A line of `aws` in docs, with what IAM is asked for it. */
export interface Command {
  readonly name: string;
  readonly line: string;
  readonly person: Person;
  readonly right: Right;
}

export interface Right {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

const MACHINE = arnOf('states', 'stateMachine:leadlake-dev-run');
/** The lines that show how to bring back what was deleted, which is not for who operates. */
const OF_PRIVACY = ['s3api list-object-versions', 's3api delete-object'];
/** Who switches Lake Formation on is an administrator of it, and nobody of the lake's. */
const OF_ADMINISTRATORS = /^(lakeformation|glue) /;

/** What IAM is asked for, by command. S3, SQS and Scheduler are asked about what the line itself names. */
const ASKED: Readonly<Record<string, (line: string) => Right>> = {
  'sqs get-queue-url': (line) => right('sqs:GetQueueUrl', queueIn(line)),
  'sqs receive-message': (line) => right('sqs:ReceiveMessage', queueIn(line)),
  'sqs purge-queue': (line) => right('sqs:PurgeQueue', queueIn(line)),
  's3 ls': (line) => {
    const [bucket = '', ...key] = addressIn(line).split('/');
    return right('s3:ListBucket', `arn:aws:s3:::${bucket}`, { 's3:prefix': key.join('/') });
  },
  's3 cp': (line) => right('s3:PutObject', `arn:aws:s3:::${addressIn(line)}`),
  's3api restore-object': (line) => right('s3:RestoreObject', objectIn(line)),
  's3api head-object': (line) => right('s3:GetObject', objectIn(line)),
  's3api list-object-versions': (line) => {
    const bucket = `arn:aws:s3:::${filledIn(argument(line, 'bucket'))}`;
    return right('s3:ListBucketVersions', bucket, { 's3:prefix': argument(line, 'prefix') });
  },
  's3api delete-object': () =>
    right('s3:DeleteObjectVersion', `arn:aws:s3:::leadlake-dev-silver-${ACCOUNT}-${REGION}/silver/webinar/a`),
  'logs tail': (line) => {
    const [group = ''] = /\/aws\/\S+/.exec(line) ?? [];
    return right('logs:FilterLogEvents', arnOf('logs', `log-group:${group}:*`));
  },
  'stepfunctions list-executions': () => right('states:ListExecutions', MACHINE),
  'stepfunctions start-execution': () => right('states:StartExecution', MACHINE),
  'stepfunctions stop-execution': () => right('states:StopExecution', arnOf('states', 'execution:leadlake-dev-run:a')),
  'scheduler get-schedule': (line) => {
    const name = `${argument(line, 'group-name')}/${argument(line, 'name')}`;
    return right('scheduler:GetSchedule', arnOf('scheduler', `schedule/${name}`));
  },
  'lambda list-event-source-mappings': () => right('lambda:ListEventSourceMappings', '*'),
  'lambda update-event-source-mapping': () =>
    right('lambda:UpdateEventSourceMapping', arnOf('lambda', 'event-source-mapping:a-b'), {
      'lambda:FunctionArn': arnOf('lambda', 'function:leadlake-dev-refine-webinar'),
    }),
  'cloudformation describe-stacks': (line) =>
    right('cloudformation:DescribeStacks', arnOf('cloudformation', `stack/${argument(line, 'stack-name')}/a-b`)),
};

/** Of the runbook, which begins with taking on the role, and of the first lead after a deployment. */
export const COMMANDS: readonly Command[] = [
  textOf('RUNBOOK.md'),
  sectionOf(textOf('DEPLOY.md'), 'The first lead'),
].flatMap((text) => text.split('\n').flatMap(commandsIn));

function textOf(file: string): string {
  return readFileSync(join(ROOT, 'docs', file), 'utf8').replaceAll('\\\n', ' ');
}

function sectionOf(text: string, heading: string): string {
  const found = text.split(/^## /m).find((section) => section.startsWith(`${heading}\n`));
  if (!found) {
    throw new Error(`docs/DEPLOY.md has no heading "${heading}"`);
  }
  return found;
}

function commandsIn(line: string): readonly Command[] {
  return [...line.matchAll(/\baws ([a-z0-9]+ [a-z-]+)\b(.*)/g)].flatMap(([, command = '', rest = '']) => {
    const asked = ASKED[command];
    if (OF_ADMINISTRATORS.test(command)) {
      return commandsIn(rest);
    }
    if (!asked) {
      throw new Error(`what does IAM ask for "aws ${command}"? say it in test/operator_commands.ts`);
    }
    const said: Command = { name: command, line, person: OF_PRIVACY.includes(command) ? 'privacy' : 'pipeline', right: asked(rest) };
    return [said, ...commandsIn(rest)];
  });
}

export const KNOWN: readonly string[] = Object.keys(ASKED);

function right(action: string, resource: string, context?: Right['context']): Right {
  return { action, resource, context };
}

function addressIn(line: string): string {
  return filledIn(/s3:\/\/(\S+)/.exec(line)?.[1] ?? '');
}

function argument(line: string, name: string): string {
  return new RegExp(`--${name} (\\S+)`).exec(line)?.[1] ?? '';
}

function queueIn(line: string): string {
  return arnOf('sqs', argument(line, 'queue-name'));
}

function objectIn(line: string): string {
  return `arn:aws:s3:::${filledIn(argument(line, 'bucket'))}/${argument(line, 'key')}`;
}

function filledIn(text: string): string {
  return text
    .replace('$BRONZE', 'leadlake-dev-bronze-$AWS_ACCOUNT-$AWS_REGION')
    .replace('$AWS_ACCOUNT', ACCOUNT)
    .replace('$AWS_REGION', REGION)
    .replaceAll('$source', 'webinar');
}

import { ArnFormat, aws_sqs as sqs, Duration, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { accept } from '../nag';

const ENCRYPTED: sqs.QueueProps = { encryption: sqs.QueueEncryption.SQS_MANAGED, enforceSSL: true };
/** The longest that SQS keeps anything: somebody has to look at it first. */
const KEPT_ASIDE = Duration.days(14);

export interface WorkQueueProps {
  readonly name: string;
  readonly visibilityTimeout: Duration;
  readonly maxReceiveCount: number;
}

/** A queue, and the one that takes from it what cannot be worked on. */
export function workQueue(
  scope: Construct,
  id: string,
  props: WorkQueueProps,
): { readonly queue: sqs.Queue; readonly dead: sqs.Queue } {
  // Each queue names the other, so one of them has to be named before it is there.
  const arn = Stack.of(scope).formatArn({
    service: 'sqs',
    resource: props.name,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  const dead = new sqs.Queue(scope, `${id}Dead`, {
    ...ENCRYPTED,
    queueName: `${props.name}-dead`,
    retentionPeriod: KEPT_ASIDE,
    redriveAllowPolicy: { sourceQueues: [sqs.Queue.fromQueueArn(scope, `${id}Source`, arn)] },
  });
  const queue = new sqs.Queue(scope, id, {
    ...ENCRYPTED,
    queueName: props.name,
    visibilityTimeout: props.visibilityTimeout,
    retentionPeriod: Duration.days(4),
    deadLetterQueue: { queue: dead, maxReceiveCount: props.maxReceiveCount },
  });
  return { queue, dead };
}

/** For what another service could not do. No queue of its own stands behind it. */
export function asideQueue(scope: Construct, id: string, name: string): sqs.Queue {
  const queue = new sqs.Queue(scope, id, {
    ...ENCRYPTED,
    queueName: name,
    retentionPeriod: KEPT_ASIDE,
    redriveAllowPolicy: { redrivePermission: sqs.RedrivePermission.DENY_ALL },
  });
  accept(queue, 'AwsSolutions-SQS3', 'it is a dead-letter queue itself, of a service that names it in no other queue');
  return queue;
}

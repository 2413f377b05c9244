import {
  aws_events as events,
  aws_events_targets as targets,
  aws_iam as iam,
  aws_lambda as lambda,
  aws_lambda_event_sources as eventSources,
  aws_sqs as sqs,
  Duration,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { FunctionCode } from '../functions/code';
import { FolderGrants } from '../functions/grants';
import { lakeFunction } from '../functions/lambda';
import { nameOf } from '../names';
import { workQueue } from './queues';
import { Source } from '../sources';
import { Storage } from '../storage/storage';

export interface IntakeProps {
  readonly config: StageConfig;
  readonly source: Source;
  readonly storage: Storage;
  readonly code: FunctionCode;
}

/** Lambda's advice: so long a message stays hidden that no throttled call can meet it twice. */
const TIMEOUTS_HIDDEN = 6;
/** By then the function has put a message aside itself, unless it cannot even answer. */
const RECEIVES_BEYOND_THE_FUNCTION = 5;

/** What one source has for itself, so that a flood or a fault of it holds up no other. */
export class Intake extends Construct {
  readonly source: Source;
  readonly function: lambda.Function;
  readonly queue: sqs.Queue;
  /** Messages that cannot work, and events that EventBridge could not deliver. */
  readonly dead: sqs.Queue;

  constructor(scope: Construct, id: string, private readonly props: IntakeProps) {
    super(scope, id);
    const { config, source } = props;
    this.source = source;
    const { queue, dead } = workQueue(this, 'Queue', {
      name: nameOf(config, source.name),
      visibilityTimeout: Duration.seconds(TIMEOUTS_HIDDEN * config.refine.timeoutSeconds),
      maxReceiveCount: config.refine.receives + RECEIVES_BEYOND_THE_FUNCTION,
    });
    this.queue = queue;
    this.dead = dead;
    this.notifyOfArrivals();
    this.function = this.refine();
    this.grantFolders();
  }

  private notifyOfArrivals(): void {
    const { config, source, storage } = this.props;
    new events.Rule(this, 'Arrivals', {
      ruleName: nameOf(config, 'arrivals', source.name),
      description: `New objects of ${source.name} in bronze`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [storage.buckets.bronze.bucketName] },
          object: { key: events.Match.prefix(`bronze/${source.name}/`) },
        },
      },
      // An undelivered event is word for word what the queue would have held, so it is put back by the same redrive.
      targets: [new targets.SqsQueue(this.queue, { deadLetterQueue: this.dead })],
    });
  }

  private refine(): lambda.Function {
    const { config, source, storage, code } = this.props;
    const { refine } = config;
    const refined = lakeFunction(this, 'Refine', {
      config,
      storage,
      code,
      program: 'refine',
      name: ['refine', source.name],
      description: `Objects of ${source.name} become silver, quarantine and ledger`,
      settings: refine,
      // The mapping bounds how many there are. What is reserved is theirs also while other functions use up the account.
      reserve: refine.reserved,
      // A backfill sends its rest to the queue that it came by, with less in it each time. Lambda ends loops unasked.
      recursiveLoop: lambda.RecursiveLoop.ALLOW,
      environment: {
        LEADLAKE_SOURCE: source.name,
        LEADLAKE_QUEUE_URL: this.queue.queueUrl,
        LEADLAKE_DLQ_URL: this.dead.queueUrl,
        LEADLAKE_MAX_RECEIVES: String(refine.receives),
      },
    });
    refined.addEventSource(
      new eventSources.SqsEventSource(this.queue, {
        batchSize: refine.batchSize,
        maxBatchingWindow: Duration.seconds(refine.batchWindowSeconds),
        maxConcurrency: refine.concurrency,
        reportBatchItemFailures: true,
      }),
    );
    return refined;
  }

  private grantFolders(): void {
    const { source, storage } = this.props;
    const bronze = `bronze/${source.name}`;
    const made = ['silver', 'quarantine', 'ledger'].map((table) => `${table}/${source.name}`);
    new FolderGrants(this.function, storage)
      .readVersions(bronze)
      .read(...made)
      .write(...made)
      .delete(...made)
      .look(bronze, ...made)
      .useKey('kms:Decrypt', 'kms:GenerateDataKey');
    for (const queue of [this.queue, this.dead]) {
      this.function.addToRolePolicy(
        new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [queue.queueArn] }),
      );
    }
  }
}

import {
  ArnFormat, Aws, Duration, RemovalPolicy, Stack, aws_iam as iam, aws_kms as kms, aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { nameOf } from '../names';

const CLOUDWATCH = 'cloudwatch.amazonaws.com';

/**
 * Where alarms are told. Its key is its own: CloudWatch has to use it, and whoever uses the lake's key may read what
 * people told us.
 */
export class AlarmTopic extends Construct {
  readonly topic: sns.Topic;

  constructor(scope: Construct, id: string, config: StageConfig) {
    super(scope, id);
    const ofThisAccount = { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } };
    const key = new kms.Key(this, 'Key', {
      description: `${nameOf(config)}: alarms on their way`,
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new iam.ServicePrincipal(CLOUDWATCH)],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions: ofThisAccount,
      }),
    );
    this.topic = new sns.Topic(this, 'Topic', {
      topicName: nameOf(config, 'alarms'),
      displayName: `${nameOf(config)} alarms`,
      masterKey: key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new iam.PolicyStatement({
        sid: 'AlarmsOfThisAccount',
        principals: [new iam.ServicePrincipal(CLOUDWATCH)],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: {
          ...ofThisAccount,
          ArnLike: {
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'cloudwatch',
              resource: 'alarm',
              resourceName: nameOf(config, '*'),
              arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            }),
          },
        },
      }),
    );
    if (config.alarms.email) {
      this.topic.addSubscription(new subscriptions.EmailSubscription(config.alarms.email));
    }
  }
}

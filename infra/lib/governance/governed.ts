import {
  aws_iam as iam,
  aws_lakeformation as lakeformation,
  DefaultStackSynthesizer,
  Duration,
  Fn,
  RemovalPolicy,
  Stack,
  triggers,
} from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { LakePermissions } from './lake_formation';
import { acceptWildcard } from '../nag';
import { Processing } from '../processing/processing';

export interface GovernedProps {
  readonly config: StageConfig;
  readonly catalog: Catalog;
  readonly processing: Processing;
}

/**
 * What the functions need where Lake Formation rules, before the first of them is called.
 *
 * People are granted tables by name, and Lake Formation grants none that is not there. The tables of contracts come
 * with each deployment, all others with a run of score and then catalog: so there is one, once, over whatever the lake
 * holds, if only nothing. Tables that an earlier run has left in the lake need none.
 */
export class Governed extends Construct {
  constructor(scope: Construct, id: string, { config, catalog, processing }: GovernedProps) {
    super(scope, id);
    const granted = new LakePermissions(this, 'Grants', catalog.database)
      .after(this.administrator(), catalog)
      .writeTables('score', roleOf(processing.score))
      .writeTables('catalog', roleOf(processing.catalog))
      .writeTables('tables', roleOf(processing.tables.function));
    letAskLakeFormation(processing.catalog);
    if (!config.scoredBefore) {
      const score = new triggers.Trigger(this, 'ScoreOnce', {
        handler: processing.score,
        executeOnHandlerChange: false,
        timeout: Duration.seconds(config.score.timeoutSeconds),
        executeAfter: [granted],
      });
      new triggers.Trigger(this, 'CatalogOnce', {
        handler: processing.catalog,
        executeOnHandlerChange: false,
        timeout: Duration.seconds(config.catalog.timeoutSeconds),
        executeAfter: [score],
      });
    }
    processing.tables.callAfter(this);
  }

  /**
   * Only an administrator of Lake Formation grants on tables that others made. The account has one list of them: who
   * deploys is added to it and stays, because to take it back would be to take away whoever else it is for. Nothing
   * else of the account's settings is touched.
   */
  private administrator(): lakeformation.CfnDataLakeSettings {
    const settings = new lakeformation.CfnDataLakeSettings(this, 'Administrator', {
      mutationType: 'APPEND',
      admins: [{ dataLakePrincipalIdentifier: deployerOf(Stack.of(this)) }],
    });
    settings.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return settings;
  }
}

/** To be handed the files of tables that Lake Formation has granted. */
export function letAskLakeFormation(to: iam.IGrantable): void {
  iam.Grant.addToPrincipal({ grantee: to, actions: ['lakeformation:GetDataAccess'], resourceArns: ['*'] });
  acceptWildcard(to, '*', 'The action knows no resources. What Lake Formation grants, table by table, bounds it.');
}

export function roleOf({ role }: Processing['score']): string {
  if (!role) {
    throw new Error('a function of the lake has no role that could be granted anything');
  }
  return role.roleArn;
}

/** The role under which CloudFormation works. */
function deployerOf(stack: Stack): string {
  const { synthesizer } = stack;
  if (!(synthesizer instanceof DefaultStackSynthesizer)) {
    throw new Error(
      `governance needs the role that deploys ${stack.stackName}; ` +
        "use CDK's default synthesizer, or set governance: false",
    );
  }
  return Fn.sub(synthesizer.cloudFormationExecutionRoleArn);
}

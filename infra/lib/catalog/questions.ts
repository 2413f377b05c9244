import { aws_athena as athena, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { questionsOf } from './question_text';
import type { LakeStack } from '../stacks';

export interface QuestionsProps extends StackProps {
  readonly root: string;
  readonly lake: LakeStack;
}

/** Athena's named queries: the models, ready to be asked. */
export class QuestionsStack extends Stack {
  constructor(scope: Construct, id: string, props: QuestionsProps) {
    super(scope, id, { ...props, description: 'leadlake: questions that Athena keeps ready' });
    const { database, workgroups } = props.lake.catalog;
    for (const { name, description, asker, sql } of questionsOf(props.root)) {
      new athena.CfnNamedQuery(this, name, {
        name,
        description,
        database,
        workGroup: workgroups[asker].name,
        queryString: sql,
      });
    }
  }
}

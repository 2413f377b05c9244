import { aws_athena as athena, Stack, StackProps } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../config';
import { questionsOf } from './question_text';
import { Source } from './sources';
import type { LakeStack } from './stacks';
import { Storage } from './storage';

export interface QuestionsProps extends StackProps {
  readonly config: StageConfig;
  readonly root: string;
  readonly sources: readonly Source[];
  readonly storage: Storage;
  readonly lake: LakeStack;
}

/** Athena's named queries: the models, ready to be asked. */
export class QuestionsStack extends Stack {
  constructor(scope: Construct, id: string, props: QuestionsProps) {
    super(scope, id, { ...props, description: 'leadlake: questions that Athena keeps ready' });
    this.addStackDependency(props.lake);
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

import { aws_lambda as lambda, Stack } from 'aws-cdk-lib';
import { StageConfig } from '../../config';

/** Lambda refuses to reserve so much that less than this is left for functions without a reservation. */
const LEFT_FOR_ALL = 100;

/** Refuses what CloudFormation would refuse only when half of it is deployed. */
export function checkConcurrency(lake: Stack, { stage, accountConcurrency, refine }: StageConfig): void {
  const functions = lake.node.findAll().filter((found) => found instanceof lambda.CfnFunction);
  const reserved = functions.reduce((sum, { reservedConcurrentExecutions = 0 }) => sum + reservedConcurrentExecutions, 0);
  const reservable = Math.max(accountConcurrency - LEFT_FOR_ALL, 0);
  if (reserved > reservable) {
    throw new Error(
      `stage ${stage}: its functions reserve a concurrency of ${reserved}, and of the account's ${accountConcurrency} ` +
        `(accountConcurrency) only ${reservable} can be reserved; lower refine.reserved (${refine.reserved ?? 'unset'} ` +
        'for each source), leave it out, or ask AWS for a higher quota and say it there',
    );
  }
}

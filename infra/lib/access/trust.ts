import { aws_iam as iam, Duration, Stack } from 'aws-cdk-lib';
import { IConstruct } from 'constructs';
import { Person, StageConfig } from '../../config';

/** Of a session, in hours. One that was taken on from another role ends after one, whatever stands here. */
const SESSION: Readonly<Record<Person, number>> = { pipeline: 4, analyst: 8, scientist: 8, sales: 8, privacy: 1 };

export function sessionOf(person: Person): Duration {
  return Duration.hours(SESSION[person]);
}

/**
 * Who may take on a role: principals that the stage names, else those of its account. Either way their own policies
 * have to allow it, too. Names may hold `*`, as those of roles of single sign-on must, which are made anew with each
 * change.
 *
 * Users have to be there with a second factor. It is not asked of roles: who comes by single sign-on gave it there,
 * and AWS does not pass on that they did.
 */
export function trustOf(scope: IConstruct, person: Person, config: StageConfig): iam.IPrincipal {
  const trusted = config.trusted[person] ?? [];
  const named = trusted.length === 0 ? {} : { ArnLike: { 'aws:PrincipalArn': [...trusted] } };
  const accounts = trusted.length === 0 ? [Stack.of(scope).account] : [...new Set(trusted.map(accountOf))];
  return new iam.CompositePrincipal(
    ...accounts.flatMap((account) => [
      new iam.AccountPrincipal(account).withConditions({
        ...named,
        StringNotEquals: { 'aws:PrincipalType': 'User' },
      }),
      new iam.AccountPrincipal(account).withConditions({
        ...named,
        StringEquals: { 'aws:PrincipalType': 'User' },
        Bool: { 'aws:MultiFactorAuthPresent': 'true' },
      }),
    ]),
  );
}

function accountOf(arn: string): string {
  const account = /^arn:aws:(?:iam|sts)::(\d{12}):./.exec(arn)?.[1];
  if (!account) {
    throw new Error(
      `trusted: "${arn}" names no principal of IAM; write it as arn:aws:iam::123456789012:role/name, ` +
        'where only the name may hold *',
    );
  }
  return account;
}

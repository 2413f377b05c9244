import { aws_iam as iam, IResolvable, Reference, Stack, Tokenization, Validations } from 'aws-cdk-lib';
import { Construct, IConstruct } from 'constructs';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference';

/**
 * Says why a finding of cdk-nag stays. `id` names the rule and, where it has several findings, the one:
 * `AwsSolutions-IAM5[Resource::*]`.
 */
export function accept(construct: IConstruct, id: string, reason: string): void {
  Validations.of(construct).acknowledge({ id, reason });
}

/** Says why somebody is granted all that matches a pattern. */
export function acceptWildcard(to: iam.IGrantable, pattern: string, reason: string): void {
  const mayHold: readonly unknown[] = [to.grantPrincipal, to];
  const holder = mayHold.find(Construct.isConstruct);
  if (holder) {
    accept(holder, `AwsSolutions-IAM5[Resource::${asTheTemplateHasIt(holder, pattern)}]`, reason);
  }
}

/** In the words of cdk-nag, which sees the template when what belongs to other stacks is imported already. */
function asTheTemplateHasIt(reader: IConstruct, text: string): string {
  const stack = Stack.of(reader);
  const seenFromThere = (token: IResolvable): IResolvable | string => {
    const owner = Reference.isReference(token) ? Stack.of(token.target) : stack;
    return owner === stack ? token : owner.exportValue(token);
  };
  const seen = Tokenization.reverseString(text)
    .mapTokens({ mapToken: seenFromThere })
    .join({ join: (left, right) => `${left}${right}` }) as string;
  return flattenCfnReference(stack.resolve(seen));
}

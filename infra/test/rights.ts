import assert from 'node:assert/strict';
import { Found, Properties, Resolved } from './resolved';

type OneOrMore<T> = T | readonly T[];

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: OneOrMore<string>;
  readonly Resource: OneOrMore<string>;
  readonly Principal?: Readonly<Record<string, unknown>>;
  readonly Condition?: Conditions;
}

type Conditions = Readonly<Record<string, Readonly<Record<string, OneOrMore<string>>>>>;
type Context = Readonly<Record<string, string>>;

interface PolicyDocument {
  readonly Statement: readonly Statement[];
}

const OPERATORS: Readonly<Record<string, (actual: string, wanted: string) => boolean>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  ArnEquals: (actual, wanted) => actual === wanted,
  Bool: (actual, wanted) => actual === wanted,
  NumericLessThan: (actual, wanted) => Number(actual) < Number(wanted),
  StringLike: matches,
  ArnLike: matches,
};

/** These hold of what is not said, too. */
const NEGATIONS: Readonly<Record<string, (actual: string, refused: string) => boolean>> = {
  StringNotEquals: (actual, refused) => actual === refused,
  ArnNotLike: matches,
};

/** What a policy lets somebody do, weighed as IAM does. */
export class Rights {
  constructor(readonly statements: readonly Statement[]) {}

  static ofRole(stack: Resolved, roleId: string): Rights {
    const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) => stack.all(type));
    const own = policies.filter(({ properties }) => rolesOf(properties).includes(roleId));
    const rights = new Rights(own.flatMap(({ properties }) => documentOf(properties).Statement));
    assert.ok(rights.statements.length > 0, `${roleId} may do nothing`);
    return rights;
  }

  static ofFunction(stack: Resolved, functionName: string): Rights {
    return Rights.ofRole(stack, roleOf(stack.named('AWS::Lambda::Function', functionName)));
  }

  /** What the policies of a queue let others do. */
  static atQueue(stack: Resolved, queueName: string): Rights {
    const policies = stack.all('AWS::SQS::QueuePolicy');
    const own = policies.filter(({ properties }) => (properties.Queues as readonly string[]).includes(queueName));
    return new Rights(own.flatMap(({ properties }) => documentOf(properties).Statement));
  }

  /** What nobody may do in a bucket, whatever else they may. */
  static refusedAtBucket(stack: Resolved, bucketName: string): Rights {
    const policies = stack.all('AWS::S3::BucketPolicy').filter(({ properties }) => properties.Bucket === bucketName);
    const statements = policies.flatMap(({ properties }) => documentOf(properties).Statement);
    return new Rights(statements.filter(({ Effect }) => Effect === 'Deny'));
  }

  and(others: Rights): Rights {
    return new Rights([...this.statements, ...others.statements]);
  }

  may(action: string, resource: string, context: Context = {}): boolean {
    const applying = this.statements.filter((statement) => applies(statement, action, resource, context));
    return applying.some(({ Effect }) => Effect === 'Allow') && !applying.some(({ Effect }) => Effect === 'Deny');
  }

  /** The actions that may be taken on anything, whatever the condition. */
  get onEverything(): readonly string[] {
    return this.statements
      .filter(({ Effect, Resource }) => Effect === 'Allow' && [Resource].flat().includes('*'))
      .flatMap(({ Action }) => Action);
  }

  get actions(): readonly string[] {
    return this.statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action);
  }
}

/** The id of the role that a function has. */
export function roleOf(holder: Found): string {
  return String(holder.properties.Role).replace(/\.Arn$/, '');
}

/** Whose policy it is. */
function rolesOf(properties: Properties): readonly string[] {
  return (properties.Roles as readonly string[] | undefined) ?? [];
}

function documentOf(properties: Properties): PolicyDocument {
  return properties.PolicyDocument as PolicyDocument;
}

function applies(statement: Statement, action: string, resource: string, context: Context): boolean {
  return (
    [statement.Action].flat().some((pattern) => matches(action, pattern)) &&
    [statement.Resource].flat().some((pattern) => matches(resource, pattern)) &&
    Object.entries(statement.Condition ?? {}).every(([operator, keys]) => holds(operator, keys, context))
  );
}

function holds(operator: string, keys: Readonly<Record<string, OneOrMore<string>>>, context: Context): boolean {
  const refuses = NEGATIONS[operator];
  if (refuses) {
    return Object.entries(keys).every(([key, refused]) => {
      const actual = context[key];
      return actual === undefined || ![refused].flat().some((one) => refuses(actual, one));
    });
  }
  const ifExists = operator.endsWith('IfExists');
  const compare = OPERATORS[operator.replace(/IfExists$/, '')];
  assert.ok(compare, `the tests do not know ${operator}`);
  return Object.entries(keys).every(([key, wanted]) => {
    const actual = context[key];
    return actual === undefined ? ifExists : [wanted].flat().some((one) => compare(actual, one));
  });
}

function matches(text: string, pattern: string): boolean {
  const expression = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}

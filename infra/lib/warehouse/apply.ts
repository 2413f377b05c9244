import { setTimeout } from 'node:timers/promises';
import { Aws } from './aws_cli';
import { Script, Values } from './sql';

/** What the stack says of itself, and what that is called in SQL. */
export interface Deployed {
  readonly database: string;
  readonly namespace: string;
  readonly workgroup: string;
  readonly workgroupArn: string;
  readonly values: Values;
}

interface Statement {
  readonly Status: string;
  readonly Error?: string;
  readonly SubStatements?: readonly { readonly Status: string; readonly Error?: string }[];
}

interface UsageLimit {
  readonly usageLimitId: string;
  readonly amount: number;
  readonly period?: string;
  readonly breachAction?: string;
}

const ENDED: readonly string[] = ['FINISHED', 'FAILED', 'ABORTED'];
const LONGEST_WAIT_MS = 15 * 60 * 1000;
const PAUSE_MS = 500;

export async function lookUp(aws: Aws, stack: string): Promise<Deployed> {
  const answer = (await aws('cloudformation', 'describe-stacks', { StackName: stack })) as {
    Stacks?: readonly { Outputs?: readonly { OutputKey: string; OutputValue: string }[] }[];
  };
  const outputs = new Map(answer.Stacks?.[0]?.Outputs?.map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue]));
  const output = (name: string): string => {
    const value = outputs.get(name);
    if (!value) {
      throw new Error(`the stack ${stack} has no output ${name}; deploy it as this version of leadlake has it`);
    }
    return value;
  };
  return {
    database: output('Database'),
    namespace: output('NamespaceName'),
    workgroup: output('WorkgroupName'),
    workgroupArn: output('WorkgroupArn'),
    values: {
      glue_database: output('GlueDatabase'),
      lake_role: output('LakeRole'),
      features_role: output('FeaturesRole'),
    },
  };
}

/** CloudFormation knows no usage limits. Beyond this one the warehouse refuses queries until the next day. */
export async function limitUsage(aws: Aws, { workgroupArn }: Deployed, dailyRpuHours: number): Promise<string> {
  const usageType = 'serverless-compute';
  const answer = (await aws('redshift-serverless', 'list-usage-limits', { resourceArn: workgroupArn, usageType })) as {
    usageLimits?: readonly UsageLimit[];
  };
  const there = answer.usageLimits?.find(
    ({ period, breachAction }) => period === 'daily' && breachAction === 'deactivate',
  );
  if (there?.amount === dailyRpuHours) {
    return 'was there';
  }
  if (there) {
    await aws('redshift-serverless', 'update-usage-limit', { usageLimitId: there.usageLimitId, amount: dailyRpuHours });
    return `was ${there.amount}`;
  }
  await aws('redshift-serverless', 'create-usage-limit', {
    resourceArn: workgroupArn,
    usageType,
    amount: dailyRpuHours,
    period: 'daily',
    breachAction: 'deactivate',
  });
  return 'is new';
}

/** As the administrator of the namespace, whose password Secrets Manager has. Nobody is told it. */
export class Warehouse {
  private constructor(
    private readonly aws: Aws,
    private readonly place: Readonly<Record<'WorkgroupName' | 'Database' | 'SecretArn', string>>,
    private readonly pauseMs: number,
  ) {}

  static async open(aws: Aws, { namespace, workgroup, database }: Deployed, pauseMs = PAUSE_MS): Promise<Warehouse> {
    const answer = (await aws('redshift-serverless', 'get-namespace', { namespaceName: namespace })) as {
      namespace?: { adminPasswordSecretArn?: string };
    };
    const secret = answer.namespace?.adminPasswordSecretArn;
    if (!secret) {
      throw new Error(`the namespace ${namespace} has no password in Secrets Manager; deploy the stack again`);
    }
    return new Warehouse(aws, { WorkgroupName: workgroup, Database: database, SecretArn: secret }, pauseMs);
  }

  /** All of a file or nothing: who reads a view meanwhile reads the old one. */
  async run({ file, statements }: Script): Promise<'done' | 'was there'> {
    const [only, ...more] = statements;
    if (only === undefined) {
      return 'done';
    }
    const { Id } = (
      more.length === 0
        ? await this.aws('redshift-data', 'execute-statement', { ...this.place, Sql: only })
        : await this.aws('redshift-data', 'batch-execute-statement', { ...this.place, Sqls: statements })
    ) as { Id: string };
    const ended = await this.ended(Id, file);
    if (ended.Status === 'FINISHED') {
      return 'done';
    }
    if (more.length === 0 && isRoleThatIsThere(only, ended)) {
      return 'was there';
    }
    throw new Error(failure(file, statements, ended));
  }

  private async ended(id: string, file: string): Promise<Statement> {
    const deadline = Date.now() + LONGEST_WAIT_MS;
    for (;;) {
      const statement = (await this.aws('redshift-data', 'describe-statement', { Id: id })) as Statement;
      if (ENDED.includes(statement.Status)) {
        return statement;
      }
      if (Date.now() > deadline) {
        throw new Error(
          `${file}: Redshift has not ended it within ${LONGEST_WAIT_MS / 60_000} minutes; its id is ${id}`,
        );
      }
      await setTimeout(this.pauseMs);
    }
  }
}

/** CREATE ROLE is the one statement here that knows no IF NOT EXISTS. */
function isRoleThatIsThere(statement: string, { Error: message }: Statement): boolean {
  return /^create\s+role\s/i.test(statement) && /already exists/i.test(message ?? '');
}

function failure(file: string, statements: readonly string[], ended: Statement): string {
  const failed = ended.SubStatements?.findIndex(({ Status }) => Status === 'FAILED') ?? -1;
  const statement = statements.length === 1 ? statements[0] : statements[failed];
  const message = ended.SubStatements?.[failed]?.Error ?? ended.Error ?? `it was ${ended.Status.toLowerCase()}`;
  return [`${file}: ${statement?.split('\n', 1)[0] ?? ''}`.trimEnd(), message].join('\n  ');
}

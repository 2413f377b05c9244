/** What one deployment is like. Everything that differs between stages stands here, and nothing else does. */
export interface StageConfig {
  /**
   * Told apart from other deployments in an account by it: `leadlake-dev-...`. Lower-case letters and digits; with `name`
   * at most 25, and fewer where a source's name has more than 28.
   */
  readonly stage: string;
  /** Everything is called `<name>-<stage>-...`. It cannot be changed later, as buckets cannot be renamed. */
  readonly name: string;
  /**
   * Unset: those of the credentials that deploy. A stage lives in one region of an account: its roles and policies are
   * named without one, and IAM knows no regions. For a second region add a stage.
   */
  readonly account?: string;
  /** As with `account`. */
  readonly region?: string;
  /** CloudFormation refuses to delete the stacks until somebody switches it off. */
  readonly terminationProtection: boolean;
  /** Buckets are emptied and deleted with their stack. Only `make destroy DELETE_DATA=...` sets it, right before it does. */
  readonly deleteData?: boolean;
  /** Of the functions. arm64 costs a fifth less for each second. What is deployed must be built for it. */
  readonly architecture: 'arm64' | 'x86_64';
  readonly logs: LogSettings;
  readonly retention: Retention;
  readonly refine: RefineSettings;
  readonly score: JobSettings;
  readonly catalog: JobSettings;
  /** Takes concurrency out of the account's quota, which is 10 in a new account and then leaves nothing to take. */
  readonly reserveConcurrency: boolean;
  /** That quota: "Concurrent executions" of Lambda in this account and region. All but 100 of it can be reserved. */
  readonly accountConcurrency: number;
  readonly schedule: Schedule;
  readonly athena: AthenaSettings;
  readonly alarms: AlarmSettings;
  readonly objectives: Objectives;
  /** Who may take on which role; without any, principals of the account that IAM allows to. */
  readonly trusted: Readonly<Partial<Record<Person, readonly string[]>>>;
  /** Sources that get a Firehose stream which writes lines into bronze. */
  readonly firehose: 'none' | 'all' | readonly string[];
  /** Column grants of Lake Formation in place of grants on folders. */
  readonly governance: boolean;
  /**
   * With governance, the first deployment ends with a run of score, which makes the tables that people are granted. True:
   * without one, as the lake was scored before, and its tables are shown as they are.
   */
  readonly scoredBefore?: boolean;
  readonly warehouse?: WarehouseSettings;
  readonly dashboards?: DashboardSettings;
}

/** Who works with the lake, apart from its own functions. */
export type Person = 'pipeline' | 'analyst' | 'scientist' | 'sales' | 'privacy';
export const PEOPLE: readonly Person[] = ['pipeline', 'analyst', 'scientist', 'sales', 'privacy'];

export interface LogSettings {
  /** Of every log group. CloudWatch knows some numbers only, such as 14, 30, 90 and 365. */
  readonly retentionDays: number;
  /** Of the functions: `info` is a line for each object, `debug` tells of each step. */
  readonly level: 'error' | 'warn' | 'info' | 'debug';
}

export interface Retention {
  /** What arrived, in the words of its sender: all else can be made again from it. Counted from its arrival. */
  readonly bronzeDays: number;
  /** Of silver, quarantine and ledger, where the contract of a source says nothing. */
  readonly silverDays: number;
  /** Old versions of tables: time travel and rollback reach back so far. At least a day, for who is reading one. */
  readonly tableVersionsDays: number;
  /** Objects that were overwritten or deleted can be brought back for so long; in bronze, as long as bronze is kept. */
  readonly noncurrentDays: number;
  /** Athena's answers: copies of what was asked for, which may name people. */
  readonly answersDays: number;
  /** S3's logs of who read what. */
  readonly accessLogsDays: number;
}

/**
 * Of a function. Lambda gives CPU by memory: 1769 MB are one whole vCPU, 3538 two. Memory is paid for by the time that
 * a call takes, so that more of it costs more only where it makes nothing faster.
 */
export interface JobSettings {
  /** What each function was measured to take stands beside its number in dev.ts. */
  readonly memoryMb: number;
  /** Lambda gives 900 at most. An alarm rings when a call takes 80 % of it. */
  readonly timeoutSeconds: number;
  /** `/tmp`, of which score uses as much as it does not find room for in memory. 512 cost nothing. */
  readonly scratchMb: number;
}

export interface RefineSettings extends JobSettings {
  /** Messages in one call, most of which tell of one object each. */
  readonly batchSize: number;
  /** So long a message may wait for others to share a call with. */
  readonly batchWindowSeconds: number;
  /** How many the queue of one source has running at once. */
  readonly concurrency: number;
  /**
   * For each source, where `reserveConcurrency` says so: more than `concurrency`, as a backfill by hand wants one, too.
   * Unset: what the account has left, which other functions may use up.
   */
  readonly reserved?: number;
  /** After so many deliveries a message is put aside by the function itself. */
  readonly receives: number;
}

export interface Schedule {
  /** `cron(...)` or `rate(...)` of EventBridge Scheduler. */
  readonly score: string;
  /** As above. A vacuum takes away versions that are older than `retention.tableVersionsDays`. */
  readonly vacuum: string;
  /** Of `cron(...)`, such as `Asia/Kolkata`. Days of the lake are days of UTC, whatever stands here. */
  readonly timezone: string;
  /** False: nothing starts by itself. */
  readonly enabled: boolean;
}

export interface AthenaSettings {
  /** What one query may read before Athena ends it, for each workgroup: a terabyte is 5 dollars. */
  readonly scanLimitGb: Readonly<Record<Person | 'catalog', number>>;
}

export interface AlarmSettings {
  /** Is asked to confirm by mail. Unset: alarms are seen on the console only. */
  readonly email?: string;
  /** An object that waits longer for refinement is a backlog. */
  readonly oldestMessageMinutes: number;
  /** No run has succeeded for so long: at least two of its schedule, and at most a week. */
  readonly overdueHours: number;
}

/** What is promised of each source, where its contract does not say otherwise. */
export interface Objectives {
  /** From arrival in bronze to silver. */
  readonly latencySeconds: number;
  /** The share of objects, in percent, that must keep to it. */
  readonly latencyPercent: number;
  /** Of the records of an hour, in percent. */
  readonly refusedPercent: number;
  /** A source that is silent for longer is one that broke. */
  readonly silenceHours: number;
}

export interface WarehouseSettings {
  /** What a query has to begin with, in RPU; nothing is paid for while none runs. */
  readonly baseCapacity: number;
  /** What it may grow to for large queries or many at once, in RPU. */
  readonly maxCapacity: number;
  /** What it may use in a day, in RPU hours, before it is switched off. */
  readonly dailyRpuHours: number;
  /**
   * Names of the zones of its subnets, such as `us-west-1b`, as this account has them. Unset: the region's first three.
   * To be said where there are only two, or where one of the three has no Redshift Serverless.
   */
  readonly zones?: readonly string[];
}

export interface DashboardSettings {
  /** The group in QuickSight that owns what is made; it has to be there. */
  readonly ownerGroup: string;
  /** Where the account's users of QuickSight are kept. Unset: the stage's own region. */
  readonly identityRegion?: string;
  /** When SPICE is filled anew, as HH:MM. */
  readonly refreshAt: string;
}

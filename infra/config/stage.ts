/** What one deployment is like. Everything that differs between stages stands here, and nothing else does. */
export interface StageConfig {
  /** Told apart from other deployments in an account by it: `leadlake-dev-...`. */
  readonly stage: string;
  readonly name: string;
  /** Unset: those of the credentials that deploy. */
  readonly account?: string;
  readonly region?: string;
  /** CloudFormation refuses to delete the stacks until somebody switches it off. */
  readonly terminationProtection: boolean;
  /** Buckets are emptied and deleted with their stack. Only `make destroy DELETE_DATA=...` sets it, right before it does. */
  readonly deleteData?: boolean;
  readonly architecture: 'arm64' | 'x86_64';
  readonly logs: LogSettings;
  readonly retention: Retention;
  readonly refine: RefineSettings;
  readonly score: JobSettings;
  readonly catalog: JobSettings;
  /** Takes concurrency out of the account's quota, which is 10 in a new account and then leaves nothing to take. */
  readonly reserveConcurrency: boolean;
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
  readonly warehouse?: WarehouseSettings;
  readonly dashboards?: DashboardSettings;
}

/** Who works with the lake, apart from its own functions. */
export type Person = 'pipeline' | 'analyst' | 'scientist' | 'sales' | 'privacy';
export const PEOPLE: readonly Person[] = ['pipeline', 'analyst', 'scientist', 'sales', 'privacy'];

export interface LogSettings {
  readonly retentionDays: number;
  readonly level: 'error' | 'warn' | 'info' | 'debug';
}

export interface Retention {
  readonly bronzeDays: number;
  /** Of silver, quarantine and ledger, where the contract of a source says nothing. */
  readonly silverDays: number;
  /** Old versions of tables: time travel and rollback reach back so far. */
  readonly tableVersionsDays: number;
  /** Of objects that were overwritten or deleted. */
  readonly noncurrentDays: number;
  /** Athena's answers. */
  readonly answersDays: number;
  readonly accessLogsDays: number;
}

export interface JobSettings {
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly scratchMb: number;
}

export interface RefineSettings extends JobSettings {
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  /** How many run at once for one source. */
  readonly concurrency: number;
  /** After so many deliveries a message is put aside by the function itself. */
  readonly receives: number;
}

export interface Schedule {
  /** `cron(...)` or `rate(...)` of EventBridge Scheduler. */
  readonly score: string;
  readonly vacuum: string;
  readonly timezone: string;
  /** False: nothing starts by itself. */
  readonly enabled: boolean;
}

export interface AthenaSettings {
  /** What one query may read. */
  readonly scanLimitGb: Readonly<Record<Person | 'catalog', number>>;
}

export interface AlarmSettings {
  /** Is asked to confirm by mail. Unset: alarms are seen on the console only. */
  readonly email?: string;
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
  readonly refusedPercent: number;
  /** A source that is silent for longer is one that broke. */
  readonly silenceHours: number;
}

export interface WarehouseSettings {
  readonly baseCapacity: number;
  readonly maxCapacity: number;
  /** What it may use in a day, in RPU hours, before it is switched off. */
  readonly dailyRpuHours: number;
}

export interface DashboardSettings {
  /** The group in QuickSight that owns what is made; it has to be there. */
  readonly ownerGroup: string;
  /** Where the account's users of QuickSight are kept. Unset: the stage's own region. */
  readonly identityRegion?: string;
  /** When SPICE is filled anew, as HH:MM. */
  readonly refreshAt: string;
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prod } from '../config/prod';

/** A month's work. */
export interface Load {
  readonly events: number;
  readonly eventsPerObject: number;
  readonly scoreRuns: number;
  /** How many months of the same have gone by, this one included. */
  readonly months: number;
}

export interface Line {
  readonly service: string;
  readonly dollars: number;
}

export interface ScoreLimits {
  readonly eventsInTime: number;
  readonly eventsInMemory: number;
  readonly eventsInScratch: number;
}

const GIGABYTE = 1024 ** 3;
const TERABYTE = 1024 ** 4;
const SECONDS_PER_MONTH = 30 * 24 * 3600;
/** Of Lambda: from there on a function has a whole vCPU. */
const MB_PER_VCPU = 1769;
/** Of S3: what is smaller stays where it is. */
const LEAST_BYTES_TO_MOVE = 128 * 1024;
const LEAST_BYTES_PER_QUERY = 10 * 1024 ** 2;
export const SOURCES = 5;

export const figures = numbersOf('figures.json', 'value');
export const assumptions = numbersOf('assumptions.json', 'value');
export const prices = numbersOf('prices.json', 'dollars');

/** `node` runs in infra/; what was compiled lies elsewhere. */
export function read(file: string): Record<string, Record<string, unknown>> {
  return JSON.parse(readFileSync(join('cost', file), 'utf8')) as Record<string, Record<string, unknown>>;
}

function numbersOf(file: string, key: string): (name: string) => number {
  const entries = read(file);
  return (name) => {
    const value = entries[name]?.[key];
    if (typeof value !== 'number') {
      throw new Error(`cost/${file} has no number "${name}"`);
    }
    return value;
  };
}

export function objectsOf({ events, eventsPerObject }: Load): number {
  return events / eventsPerObject;
}

/** Month by month as much comes as this month, and nothing is old enough to be deleted. */
export function eventsInLake({ events, months }: Load): number {
  return events * (months - 0.5);
}

export function estimate(load: Load): readonly Line[] {
  return [
    { service: 'Lambda: refine', dollars: refineDollars(load) },
    { service: scoreService(load), dollars: scoreDollars(load) },
    { service: 'S3: storage', dollars: storageDollars(load) },
    { service: 'S3: requests', dollars: requestDollars(load) },
    { service: 'S3: moves to colder classes', dollars: moveDollars(load) },
    { service: 'EventBridge', dollars: objectsOf(load) * prices('eventBridgeEvent') },
    { service: 'SQS', dollars: queueDollars(load) },
    { service: 'Step Functions, Scheduler', dollars: runDollars(load) },
    { service: 'KMS', dollars: keyDollars(load) },
    { service: 'CloudWatch: metrics, alarms, dashboard', dollars: watchDollars() },
    { service: 'CloudWatch: logs', dollars: logDollars(load) },
    { service: 'Athena', dollars: athenaDollars(load) },
    { service: 'Glue', dollars: glueDollars(load) },
  ];
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { dollars }) => sum + dollars, 0);
}

/** Waiting for S3 side by side, then the CPU of a part of a vCPU. */
export function refineSecondsPerCall(eventsPerObject: number): number {
  const { memoryMb, batchSize } = prod.refine;
  const atOnce = Math.max(1, Math.floor((memoryMb - 40) / 128));
  const requests = assumptions('refineReadsPerObject') + writesPerObject(eventsPerObject);
  const waiting = Math.ceil(batchSize / atOnce) * requests * assumptions('refineRequestSeconds');
  const computing = batchSize * eventsPerObject * refineCpuSecondsPerEvent() / Math.min(1, memoryMb / MB_PER_VCPU);
  return waiting + computing;
}

export function refineDollars(load: Load): number {
  const calls = objectsOf(load) / prod.refine.batchSize;
  const gbSeconds = calls * refineSecondsPerCall(load.eventsPerObject) * (prod.refine.memoryMb / 1024);
  return gbSeconds * prices('lambdaGbSecond') + calls * prices('lambdaRequest');
}

/** A task that never ends, with one vCPU and 2 GB. It takes what that CPU can do, waiting for S3 beside it. */
export function fargateTaskDollars(): number {
  return (prices('fargateVcpuHour') + 2 * prices('fargateGbHour')) * (SECONDS_PER_MONTH / 3600);
}

/** From how many events a month on one such task is cheaper than Lambda's refine. */
export function refineBreakEvenEvents(eventsPerObject: number): number {
  const perEvent = refineDollars({ events: 1, eventsPerObject, scoreRuns: 0, months: 1 });
  return fargateTaskDollars() / perEvent;
}

/** What one vCPU refines in a month. */
export function eventsPerVcpuMonth(): number {
  return SECONDS_PER_MONTH / refineCpuSecondsPerEvent();
}

/** How many events a lake may hold for score to run as a Lambda, as large as prod has it. */
export function scoreLimits(): ScoreLimits {
  const { memoryMb, scratchMb, timeoutSeconds } = prod.score;
  const perMillionMb = (figures('scorePeakMbAtFourMillion') - figures('scorePeakMbAtOneMillion')) / 3;
  return {
    eventsInTime: (timeoutSeconds / figures('scoreWallSecondsPerMillionEvents')) * 1e6,
    eventsInMemory: ((memoryMb - figures('scorePeakMbAtOneMillion')) / perMillionMb + 1) * 1e6,
    eventsInScratch: (scratchMb * 1024 ** 2) / figures('scoreScratchBytesPerEvent'),
  };
}

export function scoreFits(load: Load): boolean {
  return eventsInLake(load) <= Math.min(...Object.values(scoreLimits()));
}

function refineCpuSecondsPerEvent(): number {
  return figures('refineCpuSecondsPerMillionEvents') / 1e6;
}

/** Of one run on two vCPUs that reads everything; runs that read what is new only take less. */
export function scoreHours(load: Load): number {
  return (eventsInLake(load) / 1e6) * figures('scoreWallSecondsPerMillionEvents') / 3600;
}

function scoreService(load: Load): string {
  return scoreFits(load) ? 'Lambda: score, catalog' : 'Fargate: score; Lambda: catalog';
}

function scoreDollars(load: Load): number {
  const catalogGbSeconds = load.scoreRuns * figures('catalogSeconds') * (prod.catalog.memoryMb / 1024);
  const catalog = catalogGbSeconds * prices('lambdaGbSecond');
  const hours = scoreHours(load) * load.scoreRuns;
  if (!scoreFits(load)) {
    const memoryGb = 16;
    return hours * (2 * prices('fargateVcpuHour') + memoryGb * prices('fargateGbHour')) + catalog;
  }
  const { memoryMb, scratchMb } = prod.score;
  const scratch = ((scratchMb - 512) / 1024) * prices('lambdaScratchGbSecond');
  const perSecond = (memoryMb / 1024) * prices('lambdaGbSecond') + scratch;
  return hours * 3600 * perSecond + 2 * load.scoreRuns * prices('lambdaRequest') + catalog;
}

/** Bronze and silver by their age; versions of tables as long as time travel reaches back. */
function storageDollars(load: Load): number {
  const bronze = load.events * figures('bronzeBytesPerEvent');
  const silver = load.events * figures('silverBytesPerEvent') + objectsOf(load) * figures('silverBytesPerObject');
  const ledger = objectsOf(load) * figures('ledgerBytesPerObject') * (load.months - 0.5);
  const runsKept = load.scoreRuns * Math.min(versionDays() / 30, load.months - 0.5);
  const versions = runsKept * eventsInLake(load) * figures('snapshotBytesPerEvent');
  return (
    agedDollars(bronze, bronze / objectsOf(load), load.months, true) +
    agedDollars(silver, silver / objectsOf(load), load.months, false) +
    ((ledger + versions) / GIGABYTE) * prices('s3StandardGbMonth')
  );
}

/** Vacuum takes a version away, and a bucket with versions keeps what was deleted for a while. */
export function versionDays(): number {
  return prod.retention.tableVersionsDays + prod.retention.noncurrentDays;
}

/** A month in Standard, five in Standard-IA, then Glacier Instant Retrieval, of which bronze leaves after a year. */
function agedDollars(bytesPerMonth: number, bytesPerObject: number, months: number, deep: boolean): number {
  const lying = months - 0.5;
  const gigabytes = bytesPerMonth / GIGABYTE;
  if (bytesPerObject <= LEAST_BYTES_TO_MOVE) {
    return lying * gigabytes * prices('s3StandardGbMonth');
  }
  const between = (from: number, to: number) => Math.max(0, Math.min(lying, to) - from) * gigabytes;
  const last = deep ? prices('s3DeepArchiveGbMonth') : prices('s3GlacierInstantGbMonth');
  return (
    between(0, 1) * prices('s3StandardGbMonth') +
    between(1, 6) * prices('s3InfrequentGbMonth') +
    between(6, 12) * prices('s3GlacierInstantGbMonth') +
    between(12, Infinity) * last
  );
}

function moveDollars(load: Load): number {
  const large = [figures('bronzeBytesPerEvent'), figures('silverBytesPerEvent')].map(
    (bytes) => bytes * load.eventsPerObject > LEAST_BYTES_TO_MOVE,
  );
  const moving = large.filter(Boolean).length * objectsOf(load);
  const [bronze] = large;
  return (
    (load.months > 1 ? moving * prices('s3ToInfrequent') : 0) +
    (load.months > 6 ? moving * prices('s3ToGlacierInstant') : 0) +
    (load.months > 12 && bronze ? objectsOf(load) * prices('s3ToDeepArchive') : 0)
  );
}

function writesPerObject(eventsPerObject: number): number {
  const refused = figures('refusedShare');
  const hasRefused = 1 - (1 - refused) ** eventsPerObject;
  const hasAccepted = 1 - refused ** eventsPerObject;
  return hasAccepted + hasRefused + 1;
}

/** The sender's PUT is in it. */
function requestDollars(load: Load): number {
  const puts = objectsOf(load) * (1 + writesPerObject(load.eventsPerObject));
  const gets = objectsOf(load) * (assumptions('refineReadsPerObject') + assumptions('laterReadsPerObject'));
  return puts * prices('s3Put') + gets * prices('s3Get');
}

function keyDollars(load: Load): number {
  return assumptions('keys') * prices('kmsKeyMonth') + requestsOf(load) * assumptions('bucketKeyShare') * prices('kmsRequest');
}

function requestsOf(load: Load): number {
  const reads = assumptions('refineReadsPerObject') + assumptions('laterReadsPerObject');
  return objectsOf(load) * (1 + reads + writesPerObject(load.eventsPerObject));
}

/** In, and out and gone in batches; what waits in vain costs as well. */
function queueDollars(load: Load): number {
  const working = objectsOf(load) * (1 + 2 / prod.refine.batchSize);
  return (working + SOURCES * assumptions('emptyReceivesPerQueue')) * prices('sqsRequest');
}

function runDollars({ scoreRuns }: Load): number {
  return scoreRuns * (assumptions('stepsPerRun') * prices('stepTransition') + prices('schedulerCall'));
}

export function watchDollars(): number {
  const metrics = assumptions('metrics') * prices('metricMonth');
  return metrics + assumptions('alarmMetrics') * prices('alarmMonth') + prices('dashboardMonth');
}

function logDollars(load: Load): number {
  const calls = objectsOf(load) / prod.refine.batchSize + 2 * load.scoreRuns;
  const bytes = calls * assumptions('logBytesPerInvocation') + objectsOf(load) * assumptions('logBytesPerObject');
  return (bytes / GIGABYTE) * prices('logGb');
}

function athenaDollars(load: Load): number {
  const bytes = Math.max(LEAST_BYTES_PER_QUERY, eventsInLake(load) * assumptions('questionBytesPerEvent'));
  const queries = load.scoreRuns * figures('catalogQuestions') + assumptions('analystQueries');
  return (queries * bytes / TERABYTE) * prices('athenaTb');
}

function glueDollars({ months }: Load): number {
  const partitions = 3 * SOURCES * 30 * months;
  return Math.max(0, partitions - 1e6) * prices('glueObjectMonth');
}

export function optionalLines(load: Load): readonly Line[] {
  const firehose = (bytesPerRecord: number) => (load.events * bytesPerRecord / GIGABYTE) * prices('firehoseGb');
  return [
    { service: 'Firehose, a record for each event', dollars: firehose(assumptions('firehoseRecordBytes')) },
    { service: 'Firehose, events put together by the sender', dollars: firehose(figures('bronzeBytesPerEvent')) },
    { service: 'Redshift Serverless', dollars: assumptions('warehouseRpuHours') * prices('redshiftRpuHour') },
    {
      service: 'QuickSight',
      dollars:
        assumptions('dashboardAuthors') * prices('quickSightAuthorMonth') +
        assumptions('dashboardReaders') * prices('quickSightReaderMonth'),
    },
  ];
}

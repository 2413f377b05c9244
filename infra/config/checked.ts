import { aws_logs as logs } from 'aws-cdk-lib';
import { JobSettings, StageConfig } from './stage';

const A_WEEK_OF_HOURS = 7 * 24;
const A_DAY_OF_SECONDS = 24 * 3600;
/** Buckets have 63 characters, of which account, region, the longest layer and hyphens have 38. */
const BESIDE_LAYERS = 63 - 38;
/** Rules of EventBridge have 64, of which hyphens and `arrivals` have 11, and a source the rest. */
const BESIDE_SOURCES = 64 - 11;

/** Says all at once what CloudFormation would refuse halfway, and which numbers can never be kept to. */
export function checked(config: StageConfig, sources: readonly string[]): StageConfig {
  const mistakes = mistakesOf(config, sources);
  if (mistakes.length > 0) {
    throw new Error(`stage ${config.stage} (infra/config/${config.stage}.ts): ${mistakes.join('; ')}`);
  }
  return config;
}

function mistakesOf(config: StageConfig, sources: readonly string[]): readonly string[] {
  return [
    ...names(config, sources),
    ...whole('accountConcurrency', config.accountConcurrency, 10, 1e6),
    ...retention(config),
    ...job('refine', config.refine),
    ...refine(config),
    ...job('score', config.score),
    ...job('catalog', config.catalog),
    ...schedule(config),
    ...Object.entries(config.athena.scanLimitGb).flatMap(([who, gb]) => whole(`athena.scanLimitGb.${who}`, gb, 1, 1e6)),
    ...alarms(config),
    ...objectives(config),
    ...warehouse(config),
    ...dashboards(config),
  ];
}

function names({ stage, name, account, region }: StageConfig, sources: readonly string[]): readonly string[] {
  const longest = Math.max(...sources.map((source) => source.length));
  const most = Math.min(BESIDE_LAYERS, BESIDE_SOURCES - longest);
  return [
    ...like('stage', stage, /^[a-z][a-z0-9]*$/, 'lower-case letters and digits, a letter first'),
    ...like('name', name, /^[a-z][a-z0-9]*$/, 'lower-case letters and digits, a letter first'),
    ...unless(
      name.length + stage.length <= most,
      `name and stage have ${name.length + stage.length} letters together; ${most} fit into AWS's names beside the sources'`,
    ),
    ...like('account', account, /^\d{12}$/, 'twelve digits, in quotes'),
    ...like('region', region, /^[a-z]{2}(-[a-z]+)+-\d$/, 'a region such as eu-west-1'),
  ];
}

function retention({ logs: { retentionDays }, retention: kept }: StageConfig): readonly string[] {
  const known = Object.values(logs.RetentionDays).filter((days) => typeof days === 'number');
  return [
    ...unless(
      known.includes(retentionDays),
      `logs.retentionDays is ${retentionDays}; CloudWatch knows ${known.join(', ')}`,
    ),
    // Vacuum keeps at least a day, so that no reader loses what it reads.
    ...Object.entries(kept).flatMap(([what, days]) => whole(`retention.${what}`, days, 1, 36_525)),
  ];
}

function job(name: string, { memoryMb, timeoutSeconds, scratchMb }: JobSettings): readonly string[] {
  return [
    ...whole(`${name}.memoryMb`, memoryMb, 128, 10_240),
    ...whole(`${name}.timeoutSeconds`, timeoutSeconds, 1, 900),
    ...whole(`${name}.scratchMb`, scratchMb, 512, 10_240),
  ];
}

function refine({ refine: settings }: StageConfig): readonly string[] {
  const { batchSize, batchWindowSeconds, concurrency, reserved, receives } = settings;
  return [
    ...whole('refine.batchSize', batchSize, 1, 10_000),
    ...whole('refine.batchWindowSeconds', batchWindowSeconds, 0, 300),
    ...unless(
      batchSize <= 10 || batchWindowSeconds >= 1,
      `refine.batchSize is ${batchSize}; more than 10 need a batchWindowSeconds of 1 or more`,
    ),
    ...whole('refine.concurrency', concurrency, 2, 1000),
    ...unless(
      reserved === undefined || (Number.isInteger(reserved) && reserved > concurrency),
      `refine.reserved is ${reserved}; the queue alone takes ${concurrency} (concurrency), and a backfill one more`,
    ),
    // The queue's own number is five more, and at most a thousand.
    ...whole('refine.receives', receives, 1, 995),
  ];
}

function schedule({ schedule: { score, vacuum, timezone } }: StageConfig): readonly string[] {
  const expression = /^(rate|cron)\([^()]+\)$/;
  return [
    ...like('schedule.score', score, expression, 'rate(...) or cron(...)'),
    ...like('schedule.vacuum', vacuum, expression, 'rate(...) or cron(...)'),
    ...unless(isTimezone(timezone), `schedule.timezone is "${timezone}"; give one such as Asia/Kolkata`),
  ];
}

function alarms({ alarms: { email, oldestMessageMinutes, overdueHours } }: StageConfig): readonly string[] {
  return [
    ...like('alarms.email', email, /^[^@\s]+@[^@\s]+\.[^@\s]+$/, 'an address such as duty@example.com'),
    // A message that is older than four days is gone.
    ...whole('alarms.oldestMessageMinutes', oldestMessageMinutes, 1, 4 * 24 * 60 - 1),
    ...whole('alarms.overdueHours', overdueHours, 1, A_WEEK_OF_HOURS),
  ];
}

function objectives({ objectives: of }: StageConfig): readonly string[] {
  return [
    ...within('objectives.latencySeconds', of.latencySeconds, 1, 4 * A_DAY_OF_SECONDS),
    ...within('objectives.latencyPercent', of.latencyPercent, 1, 100),
    ...within('objectives.refusedPercent', of.refusedPercent, 0.001, 99.999),
    ...within('objectives.silenceHours', of.silenceHours, 1, 366 * 24),
  ];
}

function warehouse({ warehouse: settings }: StageConfig): readonly string[] {
  if (!settings) {
    return [];
  }
  const { baseCapacity, maxCapacity, dailyRpuHours } = settings;
  return [
    ...whole('warehouse.baseCapacity', baseCapacity, 4, 1024),
    ...whole('warehouse.maxCapacity', maxCapacity, baseCapacity, 5632),
    ...whole('warehouse.dailyRpuHours', dailyRpuHours, 1, 1e6),
  ];
}

function dashboards({ dashboards: settings }: StageConfig): readonly string[] {
  if (!settings) {
    return [];
  }
  return like('dashboards.refreshAt', settings.refreshAt, /^([01]\d|2[0-3]):[0-5]\d$/, 'HH:MM, as in 05:00');
}

function whole(what: string, value: number, least: number, most: number): readonly string[] {
  return unless(
    Number.isInteger(value) && value >= least && value <= most,
    `${what} is ${value}; give a whole number from ${least} to ${most}`,
  );
}

function within(what: string, value: number, least: number, most: number): readonly string[] {
  return unless(value >= least && value <= most, `${what} is ${value}; give a number from ${least} to ${most}`);
}

function like(what: string, value: string | undefined, form: RegExp, expected: string): readonly string[] {
  return unless(value === undefined || form.test(value), `${what} is "${value}"; give ${expected}`);
}

function unless(isWell: boolean, mistake: string): readonly string[] {
  return isWell ? [] : [mistake];
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

import { StageConfig } from './stage';

export const dev: StageConfig = {
  stage: 'dev',
  name: 'leadlake',
  terminationProtection: false,
  architecture: 'arm64',
  logs: { retentionDays: 14, level: 'info' },
  retention: {
    bronzeDays: 2557,
    silverDays: 730,
    tableVersionsDays: 30,
    noncurrentDays: 7,
    answersDays: 1,
    accessLogsDays: 30,
  },
  refine: {
    // An object of 3.4 MB takes 36 MB, one of 169 MB about 120, whatever memory there is. (memoryMb - 40) / 128
    // objects are refined at once: three here, in 0.29 of a vCPU. 128 is enough for one, 1769 is a whole vCPU.
    memoryMb: 512,
    timeoutSeconds: 120,
    scratchMb: 512,
    batchSize: 10,
    batchWindowSeconds: 1,
    concurrency: 2,
    receives: 5,
  },
  // A million events take 177 MB and 4.9 s of CPU, four million 233 MB. 1769 is a whole vCPU: what is bought is time.
  score: { memoryMb: 1769, timeoutSeconds: 900, scratchMb: 1024 },
  // It takes 37 MB and waits for Athena most of its time, for which no CPU is needed.
  catalog: { memoryMb: 512, timeoutSeconds: 900, scratchMb: 512 },
  reserveConcurrency: false,
  accountConcurrency: 1000,
  schedule: { score: 'cron(0 2 * * ? *)', vacuum: 'cron(0 4 ? * SUN *)', timezone: 'UTC', enabled: true },
  athena: { scanLimitGb: { catalog: 100, pipeline: 100, analyst: 10, scientist: 50, sales: 1, privacy: 100 } },
  alarms: { oldestMessageMinutes: 30, overdueHours: 50 },
  objectives: { latencySeconds: 900, latencyPercent: 99, refusedPercent: 5, silenceHours: 72 },
  trusted: {},
  firehose: 'none',
  governance: false,
};

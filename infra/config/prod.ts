import { dev } from './dev';
import { StageConfig } from './stage';

export const prod: StageConfig = {
  ...dev,
  stage: 'prod',
  terminationProtection: true,
  logs: { retentionDays: 90, level: 'info' },
  retention: {
    bronzeDays: 2557,
    silverDays: 1826,
    tableVersionsDays: 30,
    noncurrentDays: 30,
    answersDays: 1,
    accessLogsDays: 400,
  },
  refine: { ...dev.refine, concurrency: 10, reserved: 11 },
  score: { memoryMb: 3008, timeoutSeconds: 900, scratchMb: 10240 },
  catalog: { memoryMb: 1769, timeoutSeconds: 900, scratchMb: 512 },
  reserveConcurrency: true,
  schedule: { score: 'rate(1 hour)', vacuum: 'cron(30 4 * * ? *)', timezone: 'UTC', enabled: true },
  athena: { scanLimitGb: { catalog: 1000, pipeline: 1000, analyst: 100, scientist: 500, sales: 10, privacy: 1000 } },
  alarms: { ...dev.alarms, overdueHours: 3 },
  firehose: 'all',
  governance: true,
  warehouse: { baseCapacity: 8, maxCapacity: 32, dailyRpuHours: 16 },
  dashboards: { ownerGroup: 'leadlake', refreshAt: '05:00' },
};

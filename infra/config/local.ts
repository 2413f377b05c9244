import { dev } from './dev';
import { StageConfig } from './stage';

/** On an emulator, which runs the functions as processes of its own machine. */
export const local: StageConfig = {
  ...dev,
  stage: 'local',
  account: '000000000000',
  region: 'us-east-1',
  architecture: process.arch === 'arm64' ? 'arm64' : 'x86_64',
  schedule: { ...dev.schedule, enabled: false },
};

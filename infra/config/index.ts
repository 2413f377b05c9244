import { dev } from './dev';
import { local } from './local';
import { prod } from './prod';
import { StageConfig } from './stage';

export * from './stage';

const STAGES: readonly StageConfig[] = [dev, prod, local];

export function configOf(stage: string): StageConfig {
  const found = STAGES.find((config) => config.stage === stage);
  if (!found) {
    const known = STAGES.map((config) => config.stage).join(', ');
    throw new Error(`there is no stage "${stage}"; say one of ${known}, or add a file to infra/config`);
  }
  return found;
}

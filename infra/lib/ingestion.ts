import { Construct } from 'constructs';
import { StageConfig } from '../config';
import { FunctionCode } from './code';
import { LineStream } from './firehose';
import { Intake } from './intake';
import { Source } from './sources';
import { Storage } from './storage';

export type { Intake } from './intake';

export interface IngestionProps {
  readonly config: StageConfig;
  readonly sources: readonly Source[];
  readonly storage: Storage;
  readonly code: FunctionCode;
}

/** From an object in bronze to silver: a queue, a dead-letter queue and a function for each source. */
export class Ingestion extends Construct {
  readonly intakes: readonly Intake[];
  /** By source, for those that the stage wants one for. */
  readonly streams: ReadonlyMap<string, LineStream>;

  constructor(scope: Construct, id: string, props: IngestionProps) {
    super(scope, id);
    const { config, sources, storage, code } = props;
    checkRefine(config);
    this.intakes = sources.map((source) => new Intake(this, source.name, { config, source, storage, code }));
    this.streams = new Map(
      streamed(config, sources).map((source) => [
        source.name,
        new LineStream(this, `${source.name}-lines`, { config, source, storage }),
      ]),
    );
  }
}

/** What CloudFormation would tell only when half of it is deployed. */
function checkRefine(config: StageConfig): void {
  const { concurrency, batchSize, batchWindowSeconds } = config.refine;
  const refuse = (what: string): never => {
    throw new Error(`stage ${config.stage}: refine.${what}`);
  };
  if (concurrency < 2 || concurrency > 1000) {
    refuse(`concurrency is ${concurrency}; a queue can be bound to 2 to 1000 at once`);
  }
  if (batchSize > 10 && batchWindowSeconds < 1) {
    refuse(`batchSize is ${batchSize}; more than 10 need a batchWindowSeconds of 1 or more`);
  }
}

function streamed(config: StageConfig, sources: readonly Source[]): readonly Source[] {
  const wanted = config.firehose;
  if (typeof wanted === 'string') {
    return wanted === 'all' ? sources : [];
  }
  const unknown = wanted.find((name) => !sources.some((source) => source.name === name));
  if (unknown !== undefined) {
    throw new Error(`stage ${config.stage}: firehose names ${unknown}, which has no contract`);
  }
  return sources.filter((source) => wanted.includes(source.name));
}

import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { FunctionCode } from '../functions/code';
import { LineStream } from './firehose';
import { Intake } from './intake';
import { Source } from '../sources';
import { Storage } from '../storage/storage';

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
    this.intakes = sources.map((source) => new Intake(this, source.name, { config, source, storage, code }));
    this.streams = new Map(
      streamed(config, sources).map((source) => [
        source.name,
        new LineStream(this, `${source.name}-lines`, { config, source, storage }),
      ]),
    );
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

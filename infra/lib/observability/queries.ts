import { aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { nameOf } from '../names';
import { WatchedRuns, WatchedSource } from './watched';

interface Query {
  readonly of: 'all' | 'sources';
  readonly lines: Omit<logs.QueryStringProps, 'fields'> & { readonly fields: string[] };
}

/** The runbook's questions, in the words in which functions write their logs. */
const QUERIES: Readonly<Record<string, Query>> = {
  trouble: {
    of: 'all',
    lines: {
      fields: ['@timestamp', 'function', 'level', 'message', 'object', 'fields.reason', 'fields.code', 'request_id'],
      filterStatements: ['level in ["warn", "error"]'],
      sort: '@timestamp desc',
      limit: 200,
    },
  },
  object: {
    of: 'sources',
    lines: {
      fields: ['@timestamp', 'message', 'fields.records', 'fields.refused', 'fields.latency_ms', 'fields.reason'],
      filterStatements: ['object = "bronze/webinar/2025/01/31/a.json"'],
      sort: '@timestamp asc',
      limit: 200,
    },
  },
  refused: {
    of: 'sources',
    lines: {
      fields: ['@timestamp', 'object', 'fields.records', 'fields.refused', 'fields.refused_whole'],
      filterStatements: ['message = "refined"', 'fields.refused > 0'],
      sort: 'fields.refused desc',
      limit: 100,
    },
  },
  slowest: {
    of: 'sources',
    lines: {
      fields: ['@timestamp', 'object', 'fields.latency_ms', 'fields.bytes', 'fields.records'],
      filterStatements: ['message = "refined"'],
      sort: 'fields.latency_ms desc',
      limit: 100,
    },
  },
};

export function addQueries(
  scope: Construct,
  config: StageConfig,
  sources: readonly WatchedSource[],
  runs: WatchedRuns,
): void {
  const refines = sources.map((watched) => watched.function);
  const searched = { sources: refines, all: [runs.score, runs.catalog, ...refines] };
  const group = (name: string) => logs.LogGroup.fromLogGroupName(scope, `${name}-logs`, `/aws/lambda/${name}`);
  const groups = new Map(searched.all.map((name) => [name, group(name)]));
  for (const [name, { of, lines }] of Object.entries(QUERIES)) {
    new logs.QueryDefinition(scope, `query-${name}`, {
      queryDefinitionName: `${nameOf(config)}/${name}`,
      queryString: new logs.QueryString(lines),
      logGroups: searched[of].flatMap((searchedName) => groups.get(searchedName) ?? []),
    });
  }
}

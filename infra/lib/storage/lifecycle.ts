import { aws_s3 as s3, Duration } from 'aws-cdk-lib';
import { Retention } from '../../config';
import { Layer } from '../layout';
import { Source } from '../sources';

const IA = s3.StorageClass.INFREQUENT_ACCESS;
const GLACIER_INSTANT = s3.StorageClass.GLACIER_INSTANT_RETRIEVAL;
const DEEP_ARCHIVE = s3.StorageClass.DEEP_ARCHIVE;

/** The colder classes charge for 128 KB where an object has less. */
const LEAST_BYTES_TO_MOVE = 128 * 1024;
/** What is made of an object outlives the ledger's entry about it, so that no entry names what is gone. */
const DAYS_AFTER_LEDGER = 7;

type Rules = readonly s3.LifecycleRule[];

/**
 * How objects of each layer age.
 *
 * Tables with versions have none of it: each run writes them anew, vacuum takes old versions away, and what is
 * current is never too old. So nothing here names a folder that such a table lies in, which no source may be called by.
 */
export function rulesOf(layer: Layer, sources: readonly Source[], retention: Retention): Rules {
  switch (layer) {
    case 'bronze':
      return bronze(retention);
    case 'silver':
      return [
        ...colderSilver(sources),
        ...sources.flatMap((source) => endOfSource(source, retention)),
        tidy(retention),
      ];
    case 'ops':
      return [...sources.map((source) => endOfLedger(source, retention)), tidy(retention)];
    case 'features':
    case 'gold':
      return [tidy(retention)];
  }
}

/** Without versions, what is expired is gone. */
export function endAfter(days: number): Rules {
  return [
    {
      id: 'end',
      expiration: Duration.days(days),
      abortIncompleteMultipartUploadAfter: Duration.days(1),
    },
  ];
}

/**
 * Glacier of the kind that is read at once, so that a replay or a backfill of the last year just works. What is older
 * than a year has to be restored first (S3 Batch Operations, within two days); Athena passes it over in
 * `bronze_<source>`. An overwritten version is the only copy of what once arrived, so it stays as long as bronze
 * does.
 */
function bronze({ bronzeDays, noncurrentDays }: Retention): Rules {
  return [
    colder('colder', undefined, [moves(IA, 30), moves(GLACIER_INSTANT, 180), moves(DEEP_ARCHIVE, 365)]),
    { id: 'end', expiration: Duration.days(bronzeDays) },
    { ...tidy({ noncurrentDays }), noncurrentVersionExpiration: Duration.days(bronzeDays) },
  ];
}

/**
 * Full runs, verify and replay read all of it, and Athena leaves out without a word what is archived: nothing ever
 * is.
 */
function colderSilver(sources: readonly Source[]): Rules {
  const readable = [moves(IA, 30), moves(GLACIER_INSTANT, 180)];
  return [
    ...sources.map(({ name }) => colder(`colder-${name}`, sourceFolder('silver', name), readable)),
    colder('colder-quarantine', 'quarantine/', readable),
  ];
}

function endOfSource({ name, levels }: Source, { silverDays }: Retention): Rules {
  const expiration = Duration.days((levels.retentionDays ?? silverDays) + DAYS_AFTER_LEDGER);
  return [
    { id: `end-silver-${name}`, prefix: sourceFolder('silver', name), expiration },
    { id: `end-quarantine-${name}`, prefix: sourceFolder('quarantine', name), expiration },
  ];
}

function endOfLedger({ name, levels }: Source, { silverDays }: Retention): s3.LifecycleRule {
  const expiration = Duration.days(levels.retentionDays ?? silverDays);
  return { id: `end-ledger-${name}`, prefix: sourceFolder('ledger', name), expiration };
}

function sourceFolder(layer: string, source: string): string {
  return `${layer}/${source}/`;
}

function colder(id: string, prefix: string | undefined, transitions: s3.Transition[]): s3.LifecycleRule {
  return { id, prefix, transitions, objectSizeGreaterThan: LEAST_BYTES_TO_MOVE };
}

function moves(storageClass: s3.StorageClass, days: number): s3.Transition {
  return { storageClass, transitionAfter: Duration.days(days) };
}

function tidy({ noncurrentDays }: Pick<Retention, 'noncurrentDays'>): s3.LifecycleRule {
  return {
    id: 'tidy',
    noncurrentVersionExpiration: Duration.days(noncurrentDays),
    expiredObjectDeleteMarker: true,
    abortIncompleteMultipartUploadAfter: Duration.days(7),
  };
}

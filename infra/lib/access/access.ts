import { aws_iam as iam, CfnOutput } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { PEOPLE, Person, StageConfig } from '../../config';
import { Catalog } from '../catalog/catalog';
import { letAskLakeFormation } from '../governance/governed';
import { FolderGrants } from '../functions/grants';
import { Ingestion } from '../ingestion/ingestion';
import { nameOf } from '../names';
import { letErase, letOperate } from './operators';
import { Reader, READERS, readingsOf, wholeOnly } from './people';
import { Processing } from '../processing/processing';
import { addProducer } from './producers';
import { Storage } from '../storage/storage';
import { sessionOf, trustOf } from './trust';

export interface AccessProps {
  readonly config: StageConfig;
  readonly storage: Storage;
  readonly catalog: Catalog;
  readonly ingestion: Ingestion;
  readonly processing: Processing;
}

const DESCRIPTIONS: Readonly<Record<Person, string>> = {
  pipeline: 'Operates the lake: runs, backfills, replays, redrives, rolls back',
  analyst: 'Asks about gold, where nobody can be told by it',
  scientist: 'Asks about features, gold and silver, without what tells who somebody is',
  sales: 'Reads whom to call, with names and numbers',
  privacy: 'Privacy officer: finds and erases a person everywhere',
};

/** A role for each kind of people who work with the lake, and a policy for who delivers to it. */
export class Access extends Construct {
  readonly roles: Readonly<Record<Person, iam.Role>>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AccessProps,
  ) {
    super(scope, id);
    this.roles = Object.fromEntries(PEOPLE.map((person) => [person, this.role(person)])) as Record<Person, iam.Role>;
    READERS.forEach((reader) => this.letRead(reader));
    letOperate(this.roles.pipeline, props);
    letErase(this.roles.privacy, props);
    if (props.config.governance) {
      PEOPLE.forEach((person) => letAskLakeFormation(this.roles[person]));
    }
    props.ingestion.intakes.forEach(({ source }) => addProducer(this, source, props));
  }

  private role(person: Person): iam.Role {
    const { config, catalog } = this.props;
    const role = new iam.Role(this, person, {
      roleName: nameOf(config, person),
      description: DESCRIPTIONS[person],
      assumedBy: trustOf(this, person, config),
      maxSessionDuration: sessionOf(person),
    });
    catalog.grantAsk(role, person);
    new CfnOutput(this, `${person}Role`, { description: DESCRIPTIONS[person], value: role.roleArn });
    return role;
  }

  /**
   * Where Lake Formation rules, it hands out the files, without the columns that are hidden; a folder would show
   * them.
   */
  private letRead(reader: Reader): void {
    const { config, storage, catalog, ingestion } = this.props;
    const role = this.roles[reader];
    const readings = readingsOf(
      reader,
      ingestion.intakes.map(({ source }) => source),
    );
    if (config.governance) {
      catalog.grantReadTables(
        role,
        readings.map(({ table }) => table),
      );
      return;
    }
    const granted = wholeOnly(readings);
    catalog.grantReadTables(
      role,
      granted.map(({ table }) => table),
    );
    const folders = granted.map(({ folder }) => folder);
    new FolderGrants(role, storage)
      .list(...folders)
      .read(...folders)
      .useKey('kms:Decrypt');
  }
}

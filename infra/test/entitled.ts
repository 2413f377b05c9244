import assert from 'node:assert/strict';
import { Person, StageConfig } from '../config';
import { layerOf } from '../lib/layout';
import { ACCOUNT, Found, REGION, Resolved } from './resolved';
import { Rights, Statement } from './rights';
import { synth, Synthesised } from './synth';

interface Document {
  readonly Statement: readonly Statement[];
}

/** What people may do in a stage, by all that speaks for it and against it. */
export class Entitled {
  readonly synthesised: Synthesised;
  readonly storage: Resolved;
  readonly lake: Resolved;
  private readonly known = new Map<Person, Rights>();

  constructor(
    readonly stage: string,
    root: string,
    config: Partial<StageConfig> = {},
  ) {
    this.synthesised = synth(stage, { root, config });
    this.storage = new Resolved(this.synthesised, 'storage');
    this.lake = new Resolved(this.synthesised, 'lake', 'storage');
  }

  rights(person: Person): Rights {
    const known = this.known.get(person) ?? this.weigh(person);
    this.known.set(person, known);
    return known;
  }

  role(person: Person): Found {
    const found = this.lake.all('AWS::IAM::Role').find(({ properties }) => properties.RoleName === this.name(person));
    assert.ok(found, `there is no role for ${person}`);
    return found;
  }

  trust(person: Person): Rights {
    const { Statement } = this.role(person).properties.AssumeRolePolicyDocument as Document;
    return new Rights(Statement.map((statement) => ({ ...statement, Resource: '*' })));
  }

  /** Of the lake, by its key. */
  object(key: string): string {
    return `arn:aws:s3:::${this.bucket(layerOf(key))}/${key}`;
  }

  mayList(person: Person, folder: string): boolean {
    const bucket = `arn:aws:s3:::${this.bucket(layerOf(folder))}`;
    return this.rights(person).may('s3:ListBucket', bucket, { 's3:prefix': `${folder}/` });
  }

  name(what: string): string {
    return `leadlake-${this.stage}-${what}`;
  }

  bucket(what: string): string {
    return `${this.name(what)}-${ACCOUNT}-${REGION}`;
  }

  private weigh(person: Person): Rights {
    const buckets = this.storage.all('AWS::S3::Bucket').map(({ properties }) => String(properties.BucketName));
    const refused = buckets.map((bucket) => Rights.refusedAtBucket(this.storage, bucket));
    const all = refused.reduce((rights, more) => rights.and(more), rightsOf(this.lake, this.role(person)));
    return new Weighed(all.statements, `arn:aws:iam::${ACCOUNT}:role/${this.name(person)}`);
  }
}

/** All policies of a role, within it or attached to it. */
export function rightsOf(stack: Resolved, role: Found): Rights {
  const inline = (role.properties.Policies ?? []) as readonly { readonly PolicyDocument: Document }[];
  const attached = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
    .flatMap((type) => stack.all(type))
    .filter(({ properties }) => (properties.Roles as readonly string[] | undefined)?.includes(role.id))
    .map(({ properties }) => ({ PolicyDocument: properties.PolicyDocument as Document }));
  return new Rights([...inline, ...attached].flatMap(({ PolicyDocument }) => PolicyDocument.Statement));
}

class Weighed extends Rights {
  constructor(
    statements: readonly Statement[],
    private readonly principal: string,
  ) {
    super(statements);
  }

  override may(action: string, resource: string, context: Readonly<Record<string, string>> = {}): boolean {
    return super.may(action, resource, { 'aws:PrincipalArn': this.principal, ...context });
  }
}

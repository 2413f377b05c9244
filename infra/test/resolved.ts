import assert from 'node:assert/strict';
import { Stacks } from '../lib/stacks';
import { Synthesised } from './synth';

export const ACCOUNT = '111122223333';
export const REGION = 'here';

export type Properties = Readonly<Record<string, unknown>>;

interface Resource {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DependsOn?: readonly string[];
}

interface TemplateJson {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown; readonly Export?: { readonly Name: string } }>>;
}

export interface Found {
  readonly id: string;
  readonly type: string;
  readonly dependsOn: readonly string[];
  /** With names and ARNs in place of references. */
  readonly properties: Properties;
}

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT,
  'AWS::URLSuffix': 'amazonaws.com',
};

const MACHINE = 'AWS::StepFunctions::StateMachine';

/** The name of a resource, and its ARN, by type. What is not here is known by its id alone. */
const NAMED: Readonly<Record<string, { readonly by: string; readonly arn: (name: string) => string }>> = {
  'AWS::S3::Bucket': { by: 'BucketName', arn: (name) => `arn:aws:s3:::${name}` },
  'AWS::SQS::Queue': { by: 'QueueName', arn: (name) => arnOf('sqs', name) },
  'AWS::Lambda::Function': { by: 'FunctionName', arn: (name) => arnOf('lambda', `function:${name}`) },
  'AWS::Logs::LogGroup': { by: 'LogGroupName', arn: (name) => arnOf('logs', `log-group:${name}:*`) },
  'AWS::Events::Rule': { by: 'Name', arn: (name) => arnOf('events', `rule/${name}`) },
  'AWS::Scheduler::ScheduleGroup': { by: 'Name', arn: (name) => arnOf('scheduler', `schedule-group/${name}`) },
  [MACHINE]: { by: 'StateMachineName', arn: (name) => arnOf('states', `stateMachine:${name}`) },
};

export function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}

/** A stack's template as it is deployed: every reference is the name or ARN that it stands for. */
export class Resolved {
  private readonly templates: readonly TemplateJson[];
  private readonly resources: readonly Found[];

  /** Further stacks are those that it imports of. */
  constructor(synthesised: Synthesised, stack: keyof Stacks, ...imported: readonly (keyof Stacks)[]) {
    this.templates = [stack, ...imported].map((name) => synthesised.template(name).toJSON() as TemplateJson);
    const [template] = this.templates;
    assert.ok(template);
    this.resources = Object.entries(template.Resources).map(([id, resource]) => this.found(id, resource, template));
  }

  all(type: string): readonly Found[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one of a type that is named so. */
  named(type: string, name: string): Found {
    const by = NAMED[type]?.by ?? 'Name';
    const [found, ...others] = this.all(type).filter(({ properties }) => properties[by] === name);
    assert.ok(found && others.length === 0, `not one ${type} ${name}`);
    return found;
  }

  private found(id: string, { Type, Properties = {}, DependsOn = [] }: Resource, template: TemplateJson): Found {
    return { id, type: Type, dependsOn: DependsOn, properties: this.resolve(Properties, template) as Properties };
  }

  private resolve(value: unknown, template: TemplateJson): unknown {
    if (Array.isArray(value)) {
      return value.map((item) => this.resolve(item, template));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const [[key, argument] = ['', undefined], ...others] = Object.entries(value as Properties);
    if (others.length === 0) {
      switch (key) {
        case 'Ref':
          return this.reference(String(argument), undefined, template);
        case 'Fn::GetAtt': {
          const [id, attribute] = argument as [string, string];
          return this.reference(id, attribute, template);
        }
        case 'Fn::Join': {
          const [separator, parts] = this.resolve(argument, template) as [string, readonly string[]];
          return parts.join(separator);
        }
        case 'Fn::ImportValue':
          return this.imported(String(argument));
      }
    }
    return Object.fromEntries(
      Object.entries(value as Properties).map(([name, item]) => [name, this.resolve(item, template)]),
    );
  }

  private reference(id: string, attribute: string | undefined, template: TemplateJson): string {
    const resource = template.Resources[id];
    const pseudo = PSEUDO[id];
    if (!resource || pseudo !== undefined) {
      return pseudo ?? id;
    }
    const known = NAMED[resource.Type];
    const name = known && resource.Properties?.[known.by];
    if (!known || name === undefined) {
      return attribute === undefined ? id : `${id}.${attribute}`;
    }
    const resolved = String(this.resolve(name, template));
    const isArn = attribute === 'Arn' || (attribute !== 'Name' && resource.Type === MACHINE);
    return isArn ? known.arn(resolved) : resolved;
  }

  private imported(name: string): unknown {
    for (const template of this.templates) {
      for (const output of Object.values(template.Outputs ?? {})) {
        if (output.Export?.Name === name) {
          return this.resolve(output.Value, template);
        }
      }
    }
    return assert.fail(`no stack exports ${name}`);
  }
}

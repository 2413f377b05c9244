import { Template } from 'aws-cdk-lib/assertions';

interface Resource {
  readonly Type: string;
  readonly Properties?: unknown;
  readonly DependsOn?: string | readonly string[];
}

/** What CloudFormation makes before what: by what a resource depends on, and by what it refers to. */
export class Order {
  private readonly resources: Readonly<Record<string, Resource>>;
  private readonly known = new Map<string, ReadonlySet<string>>();

  constructor(template: Template) {
    this.resources = (template.toJSON() as { readonly Resources: Record<string, Resource> }).Resources;
  }

  all(type: string): readonly string[] {
    return Object.keys(this.resources).filter((id) => this.resources[id]?.Type === type);
  }

  /** All that is there before it is made. */
  before(id: string): ReadonlySet<string> {
    const known = this.known.get(id);
    if (known) {
      return known;
    }
    const { Properties, DependsOn = [] } = this.resources[id] ?? {};
    const direct = [...[DependsOn].flat(), ...referredTo(Properties)].filter((other) => other in this.resources);
    const found = new Set(direct.flatMap((other) => [other, ...this.before(other)]));
    this.known.set(id, found);
    return found;
  }
}

function referredTo(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([key, argument]: [string, unknown]) => {
    switch (key) {
      case 'Ref':
        return [String(argument)];
      case 'Fn::GetAtt':
        return [String([argument].flat()[0])];
      case 'Fn::Sub':
        return [...JSON.stringify(argument).matchAll(/\$\{(\w+)/g)].flatMap(([, id]) => id ?? []);
      default:
        return referredTo(argument);
    }
  });
}

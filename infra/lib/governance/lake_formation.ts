import { aws_lakeformation as lakeformation, Stack } from 'aws-cdk-lib';
import { Construct, DependencyGroup, IDependable } from 'constructs';

/** Reading a table is SELECT; the others change what Glue knows of it. */
const WRITE = ['ALTER', 'DELETE', 'DESCRIBE', 'INSERT', 'SELECT'];

/**
 * Grants of Lake Formation on the lake's database, each after the one before: it refuses grants on one thing that
 * arrive at the same time.
 */
export class LakePermissions extends Construct {
  private last: IDependable | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly database: string,
  ) {
    super(scope, id);
  }

  /** The next grant comes after these. */
  after(...those: readonly IDependable[]): this {
    this.last = new DependencyGroup(...(this.last ? [this.last] : []), ...those);
    return this;
  }

  /** Makes tables and changes all that are there, now and later. */
  writeTables(who: string, role: string): this {
    const database = { catalogId: this.account, name: this.database };
    this.grant(`${who}-database`, role, { database }, ['CREATE_TABLE', 'DESCRIBE']);
    return this.grant(`${who}-tables`, role, { table: { ...this.inDatabase, tableWildcard: {} } }, WRITE);
  }

  seeDatabase(who: string, role: string): this {
    const database = { catalogId: this.account, name: this.database };
    return this.grant(`${who}-database`, role, { database }, ['DESCRIBE']);
  }

  /** Without the hidden columns, the others all, also those that are added later. */
  readTable(who: string, role: string, table: string, hidden: readonly string[]): this {
    const id = `${who}-${table}`;
    const named = { ...this.inDatabase, name: table };
    if (hidden.length === 0) {
      return this.grant(id, role, { table: named }, ['DESCRIBE', 'SELECT']);
    }
    const tableWithColumns = { ...named, columnWildcard: { excludedColumnNames: [...hidden] } };
    return this.grant(id, role, { tableWithColumns }, ['SELECT']);
  }

  /**
   * These columns, and none that is added later. Each has a grant of its own: a changed grant is made before the old
   * one is revoked, which would take away what the two have in common.
   */
  readColumns(who: string, role: string, table: string, columns: readonly string[]): this {
    for (const column of columns) {
      const tableWithColumns = { ...this.inDatabase, name: table, columnNames: [column] };
      this.grant(`${who}-${table}-${column}`, role, { tableWithColumns }, ['SELECT']);
    }
    return this;
  }

  /** A table may point into the bucket. */
  useLocation(who: string, role: string, what: string, bucketArn: string): this {
    const dataLocation = { catalogId: this.account, resourceArn: bucketArn };
    return this.grant(`${who}-${what}`, role, { dataLocation }, ['DATA_LOCATION_ACCESS']);
  }

  private get account(): string {
    return Stack.of(this).account;
  }

  private get inDatabase(): { catalogId: string; databaseName: string } {
    return { catalogId: this.account, databaseName: this.database };
  }

  private grant(
    id: string,
    role: string,
    resource: lakeformation.CfnPrincipalPermissions.ResourceProperty,
    permissions: string[],
  ): this {
    const granted = new lakeformation.CfnPrincipalPermissions(this, id, {
      principal: { dataLakePrincipalIdentifier: role },
      resource,
      permissions,
      permissionsWithGrantOption: [],
    });
    if (this.last) {
      granted.node.addDependency(this.last);
    }
    this.last = granted;
    return this;
  }
}

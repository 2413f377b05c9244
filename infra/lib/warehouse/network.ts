import { aws_ec2 as ec2, aws_logs as logs, RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { StageConfig } from '../../config';
import { nameOf } from '../names';

export interface WarehouseNetworkProps {
  readonly config: StageConfig;
}

/** Redshift Serverless asks for three subnets, and for so many zones where the region has them. */
export const ZONES = 3;

/** A network that leads nowhere: no gateway, no NAT, nothing let in or out. The Data API does not come through it. */
export class WarehouseNetwork extends Construct {
  readonly subnetIds: string[];
  readonly securityGroup: ec2.SecurityGroup;

  constructor(scope: Construct, id: string, { config }: WarehouseNetworkProps) {
    super(scope, id);
    const vpc = new ec2.Vpc(this, 'Vpc', {
      vpcName: nameOf(config, 'warehouse'),
      ipAddresses: ec2.IpAddresses.cidr('10.70.0.0/22'),
      maxAzs: ZONES,
      natGateways: 0,
      subnetConfiguration: [{ name: 'warehouse', subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 }],
    });
    vpc.addFlowLog('FlowLog', {
      trafficType: ec2.FlowLogTrafficType.ALL,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(
        new logs.LogGroup(this, 'Flows', {
          logGroupName: `/${config.name}/${config.stage}/warehouse/flows`,
          retention: config.logs.retentionDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      ),
    });
    this.subnetIds = vpc.isolatedSubnets.map(({ subnetId }) => subnetId);
    this.securityGroup = new ec2.SecurityGroup(this, 'Closed', {
      vpc,
      securityGroupName: nameOf(config, 'warehouse'),
      description: 'Lets nothing in; whoever connects a BI tool adds a rule for it',
      allowAllOutbound: false,
    });
  }
}

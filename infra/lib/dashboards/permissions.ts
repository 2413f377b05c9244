/** What the owners may do. QuickSight knows sets of actions only: each of these is whole, as it makes them itself. */

export const OWN_DATA_SOURCE: readonly string[] = [
  'quicksight:DescribeDataSource',
  'quicksight:DescribeDataSourcePermissions',
  'quicksight:PassDataSource',
  'quicksight:UpdateDataSource',
  'quicksight:DeleteDataSource',
  'quicksight:UpdateDataSourcePermissions',
];

export const OWN_DATA_SET: readonly string[] = [
  'quicksight:DescribeDataSet',
  'quicksight:DescribeDataSetPermissions',
  'quicksight:PassDataSet',
  'quicksight:DescribeIngestion',
  'quicksight:ListIngestions',
  'quicksight:UpdateDataSet',
  'quicksight:DeleteDataSet',
  'quicksight:CreateIngestion',
  'quicksight:CancelIngestion',
  'quicksight:UpdateDataSetPermissions',
];

export const OWN_ANALYSIS: readonly string[] = [
  'quicksight:DescribeAnalysis',
  'quicksight:DescribeAnalysisPermissions',
  'quicksight:QueryAnalysis',
  'quicksight:UpdateAnalysis',
  'quicksight:DeleteAnalysis',
  'quicksight:RestoreAnalysis',
  'quicksight:UpdateAnalysisPermissions',
];

export const OWN_DASHBOARD: readonly string[] = [
  'quicksight:DescribeDashboard',
  'quicksight:DescribeDashboardPermissions',
  'quicksight:ListDashboardVersions',
  'quicksight:QueryDashboard',
  'quicksight:UpdateDashboard',
  'quicksight:DeleteDashboard',
  'quicksight:UpdateDashboardPermissions',
  'quicksight:UpdateDashboardPublishedVersion',
];

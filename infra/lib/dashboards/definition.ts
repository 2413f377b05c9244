import { aws_quicksight as quicksight } from 'aws-cdk-lib';
import { calculatedFields } from './calculated';
import { readTogether, shownKpis } from './kpis';
import { kpiSheet } from './kpi_sheet';
import { scoreSheet } from './score_sheet';
import { filtersOf, sheetOf } from './sheet';
import { sourceSheet } from './source_sheet';

/** What analysis and dashboard show. Data sets are known in it by their names. */
export function definitionOf(
  root: string,
  dataSets: Readonly<Record<string, string>>,
): quicksight.CfnAnalysis.AnalysisDefinitionProperty {
  const sheets = [kpiSheet(shownKpis(root)), scoreSheet(), sourceSheet(readTogether(root))];
  return {
    dataSetIdentifierDeclarations: Object.entries(dataSets)
      .map(([identifier, dataSetArn]) => ({ identifier, dataSetArn })),
    calculatedFields: calculatedFields(),
    filterGroups: sheets.flatMap(filtersOf),
    sheets: sheets.map(sheetOf),
    analysisDefaults: {
      defaultNewSheetConfiguration: {
        sheetContentType: 'INTERACTIVE',
        interactiveLayoutConfiguration: {
          grid: { canvasSizeOptions: { screenCanvasSizeOptions: { resizeOption: 'RESPONSIVE' } } },
        },
      },
    },
  };
}

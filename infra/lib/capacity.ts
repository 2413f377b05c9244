import { CfnResource, Stack } from 'aws-cdk-lib';
import { Source } from './sources';

/** Of a stack, by CloudFormation. */
const MOST_RESOURCES = 500;

/** Says what too many sources come to, where else somebody would have to guess from a number of resources. */
export function boundSources(stack: Stack, sources: readonly Source[]): void {
  stack.node.addValidation({ validate: () => tooMany(stack, sources) });
}

function tooMany(stack: Stack, sources: readonly Source[]): string[] {
  const resources = stack.node.findAll().filter((construct) => CfnResource.isCfnResource(construct));
  const ofSources = resources.filter(({ node }) => sources.some(({ name }) => isAbout(node.path, name)));
  if (resources.length <= MOST_RESOURCES || ofSources.length === 0) {
    return [];
  }
  const each = Math.ceil(ofSources.length / sources.length);
  const fitting = Math.floor((MOST_RESOURCES - (resources.length - ofSources.length)) / each);
  return [
    `${sources.length} sources make ${resources.length} resources, and CloudFormation takes ${MOST_RESOURCES} ` +
      `in a stack: at ${each} for each, some ${fitting} sources fit. In the lake's stack, a source without a stream ` +
      'takes less (firehose in infra/config); else deploy the other contracts as a lake of their own, with another name',
  ];
}

/** Names of sources have no hyphen, so that one is told from what stands before or behind it. Its table is about it, too. */
function isAbout(path: string, source: string): boolean {
  const parts = path.split(/[/-]/);
  return parts.includes(source) || parts.includes(`silver_${source}`);
}

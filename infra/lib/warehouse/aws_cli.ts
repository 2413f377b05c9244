import { execFile } from 'node:child_process';

/** One call of AWS: `await aws('redshift-data', 'describe-statement', { Id })`. */
export type Aws = (service: string, operation: string, input: Readonly<Record<string, unknown>>) => Promise<unknown>;

const LONGEST_ANSWER = 16 * 1024 * 1024;

/**
 * Calls go through the program `aws`: whoever deploys has it, signed in by profile, single sign-on or variables, and
 * what they may do there they may do here. The SDK would bring 26 packages, for calls that are made once a release.
 */
export function awsCli(region?: string): Aws {
  return (service, operation, input) =>
    new Promise((resolve, reject) => {
      const place = region ? ['--region', region] : [];
      const asked = [service, operation, '--cli-input-json', JSON.stringify(input), '--output', 'json', ...place];
      const settings = { env: { ...process.env, AWS_PAGER: '' }, maxBuffer: LONGEST_ANSWER };
      execFile('aws', asked, settings, (error, answer, complaint) => {
        if (error) {
          reject(new Error(`aws ${service} ${operation}: ${reasonOf(error, complaint)}`));
        } else {
          resolve(answer.trim() === '' ? {} : JSON.parse(answer));
        }
      });
    });
}

function reasonOf(error: Error & { code?: unknown }, complaint: string): string {
  if (error.code === 'ENOENT') {
    return 'there is no program "aws" on the PATH; install the AWS CLI and sign in';
  }
  return complaint.trim() || error.message;
}

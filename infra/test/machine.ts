import assert from 'node:assert/strict';

export interface Retry {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds: number;
  readonly MaxAttempts: number;
  readonly BackoffRate: number;
  readonly MaxDelaySeconds?: number;
}

interface Catch {
  readonly ErrorEquals: readonly string[];
  readonly ResultPath: string | null;
  readonly Next: string;
}

export interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly End?: boolean;
  readonly Parameters?: { readonly FunctionName: string; readonly Payload?: unknown; readonly 'Payload.$'?: string };
  readonly OutputPath?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retry[];
  readonly Catch?: readonly Catch[];
  readonly Choices?: readonly { readonly Variable: string; readonly IsPresent: boolean; readonly Next: string }[];
  readonly Default?: string;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
}

export interface Machine {
  readonly StartAt: string;
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
}

export function stateOf(steps: Machine, name: string): State {
  const state = steps.States[name];
  assert.ok(state, `there is no step ${name}`);
  return state;
}

export function retriesOf(state: State, error: string): Retry {
  const found = state.Retry?.find(({ ErrorEquals }) => ErrorEquals.includes(error));
  assert.ok(found, `${error} is not tried again`);
  return found;
}

/** How long all pauses are together, at their longest. */
export function patience({ IntervalSeconds, BackoffRate, MaxDelaySeconds = Infinity, MaxAttempts }: Retry): number {
  const pauses = Array.from({ length: MaxAttempts }, (_, attempt) =>
    Math.min(IntervalSeconds * BackoffRate ** attempt, MaxDelaySeconds),
  );
  return pauses.reduce((sum, pause) => sum + pause, 0);
}

export function callsOf(steps: Machine): readonly State[] {
  return Object.values(steps.States).filter(({ Type }) => Type === 'Task');
}

/* Roles, identity providers and stacks, as plain data: part of AwsState. */
import type {
  ChangeSetStatus,
  ExecutionStatus,
  ResourceStatus,
  StackStatus,
} from '@aws-sdk/client-cloudformation';

export interface IamRole {
  readonly name: string;
  readonly id: string;
  readonly arn: string;
  /** Who may assume it, as JSON. */
  trust: string;
  /** Inline policies by name, as JSON. */
  policies: Record<string, string>;
  /** ARNs of managed policies. */
  managed: string[];
  readonly createdAt: number;
}

export interface OidcProvider {
  readonly arn: string;
  readonly url: string;
  readonly clientIds: readonly string[];
}

interface StackResource {
  readonly type: string;
  readonly physicalId: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** As resolved. */
  properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy?: string;
}

interface StackEvent {
  readonly id: string;
  readonly at: number;
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
  readonly status: ResourceStatus;
  readonly reason?: string;
  readonly token?: string;
}

export interface StackChange {
  readonly action: 'Add' | 'Modify' | 'Remove';
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
  readonly replacement?: 'True' | 'False';
}

export interface ChangeSet {
  readonly id: string;
  readonly name: string;
  readonly token: string | undefined;
  readonly template: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly capabilities: readonly string[];
  readonly changes: readonly StackChange[];
  readonly status: ChangeSetStatus;
  readonly reason?: string;
  executionStatus: ExecutionStatus;
  executionToken?: string;
  readonly createdAt: number;
  /** CREATE_IN_PROGRESS until then. */
  readonly readyAt: number;
}

export interface Stack {
  readonly name: string;
  readonly id: string;
  status: StackStatus;
  reason?: string;
  template?: string;
  parameters: Record<string, string>;
  resources: Record<string, StackResource>;
  outputs: Record<string, string>;
  changeSets: Record<string, ChangeSet>;
  events: StackEvent[];
  /** What it comes to, and when. */
  next?: { readonly status: StackStatus; readonly reason?: string; readonly at: number };
  readonly createdAt: number;
}

import type { RestRoute } from '../routes.ts';
import { route } from '../routes.ts';
import { createAlias, deleteAlias, getAlias, listAliases, updateAlias } from './aliases.ts';
import { updateFunctionCode } from './code.ts';
import {
  deleteFunctionConcurrency,
  deleteProvisionedConcurrencyConfig,
  getAccountSettings,
  getFunctionConcurrency,
  getProvisionedConcurrencyConfig,
  listProvisionedConcurrencyConfigs,
  putFunctionConcurrency,
  putProvisionedConcurrencyConfig,
} from './concurrency.ts';
import { updateFunctionConfiguration } from './configuration.ts';
import { createFunction, deleteFunction, getFunction, getFunctionConfiguration } from './functions.ts';
import { invoke } from './invoke.ts';
import { addPermission, getPolicy, removePermission } from './permissions.ts';
import { deleteResourcePolicy, getResourcePolicy, putResourcePolicy } from './resource-policy.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import { listVersionsByFunction, publishVersion } from './versions.ts';

const functions = '/2015-03-31/functions';
const one = `${functions}/{FunctionName}`;
const provisioned = '/2019-09-30/functions/{FunctionName}/provisioned-concurrency';

const resourcePolicy = '/2026-07-09/resource-policy/{ResourceArn}';

export const lambdaRoutes: readonly RestRoute[] = [
  route(`GET ${one}`, getFunction, { operation: 'GetFunction' }),
  route(`GET ${one}/configuration`, getFunctionConfiguration, { operation: 'GetFunctionConfiguration' }),
  route(`GET ${one}/aliases/{Name}`, getAlias, { operation: 'GetAlias' }),
  route(`PUT ${one}/aliases/{Name}`, updateAlias, { operation: 'UpdateAlias' }),
  route(`POST ${one}/aliases`, createAlias, { operation: 'CreateAlias', status: 201 }),
  route(`DELETE ${one}/aliases/{Name}`, deleteAlias, { operation: 'DeleteAlias', status: 204 }),
  route(`GET ${one}/aliases`, listAliases, { operation: 'ListAliases' }),
  route(`PUT ${one}/code`, updateFunctionCode, { operation: 'UpdateFunctionCode' }),
  route(`PUT ${one}/configuration`, updateFunctionConfiguration, {
    operation: 'UpdateFunctionConfiguration',
  }),
  route(`POST ${one}/versions`, publishVersion, { operation: 'PublishVersion', status: 201 }),
  route(`GET ${one}/versions`, listVersionsByFunction, { operation: 'ListVersionsByFunction' }),
  route(`POST ${one}/invocations`, () => undefined, { operation: 'Invoke', isWrite: false, raw: invoke }),
  route(`POST ${functions}`, createFunction, { operation: 'CreateFunction', status: 201 }),
  route(`DELETE ${one}`, deleteFunction, { operation: 'DeleteFunction', status: 204 }),
  route(`GET ${one}/policy`, getPolicy, { operation: 'GetPolicy' }),
  route(`POST ${one}/policy`, addPermission, { operation: 'AddPermission', status: 201 }),
  route(`DELETE ${one}/policy/{StatementId}`, removePermission, {
    operation: 'RemovePermission',
    status: 204,
  }),
  route('PUT /2017-10-31/functions/{FunctionName}/concurrency', putFunctionConcurrency, {
    operation: 'PutFunctionConcurrency',
  }),
  route('DELETE /2017-10-31/functions/{FunctionName}/concurrency', deleteFunctionConcurrency, {
    operation: 'DeleteFunctionConcurrency',
    status: 204,
  }),
  route('GET /2019-09-30/functions/{FunctionName}/concurrency', getFunctionConcurrency, {
    operation: 'GetFunctionConcurrency',
  }),
  route(`GET ${resourcePolicy}`, getResourcePolicy, { operation: 'GetResourcePolicy' }),
  route(`PUT ${resourcePolicy}`, putResourcePolicy, { operation: 'PutResourcePolicy' }),
  route(`DELETE ${resourcePolicy}`, deleteResourcePolicy, {
    operation: 'DeleteResourcePolicy',
    status: 204,
  }),
  route('GET /2016-08-19/account-settings', getAccountSettings, { operation: 'GetAccountSettings' }),
  route('GET /2017-03-31/tags/{Resource}', listTags, { operation: 'ListTags' }),
  route('POST /2017-03-31/tags/{Resource}', tagResource, { operation: 'TagResource', status: 204 }),
  route('DELETE /2017-03-31/tags/{Resource}', untagResource, { operation: 'UntagResource', status: 204 }),
  route(`PUT ${provisioned}`, putProvisionedConcurrencyConfig, {
    operation: 'PutProvisionedConcurrencyConfig',
    status: 202,
  }),
  route(`DELETE ${provisioned}`, deleteProvisionedConcurrencyConfig, {
    operation: 'DeleteProvisionedConcurrencyConfig',
    status: 204,
  }),
  route(`GET ${provisioned}?List=ALL`, listProvisionedConcurrencyConfigs, {
    operation: 'ListProvisionedConcurrencyConfigs',
  }),
  route(`GET ${provisioned}`, getProvisionedConcurrencyConfig, {
    operation: 'GetProvisionedConcurrencyConfig',
  }),
];

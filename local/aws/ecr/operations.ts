import type { RpcOperation } from '../routes.ts';
import { getAuthorizationToken } from './authorization.ts';
import {
  batchDeleteImage,
  batchGetImage,
  describeImages,
  getDownloadUrlForLayer,
  listImages,
  updateImageStorageClass,
} from './images.ts';
import { putImage } from './manifests.ts';
import {
  getLifecyclePolicy,
  getRepositoryPolicy,
  putLifecyclePolicy,
  setRepositoryPolicy,
} from './policies.ts';
import { describeImageScanFindings, getRegistryScanningConfiguration, startImageScan } from './scans.ts';
import { createRepository, describeRepositories, putImageTagMutability } from './repositories.ts';

export const ecrOperations: Readonly<Record<string, RpcOperation>> = {
  GetAuthorizationToken: { isWrite: false, handle: getAuthorizationToken },
  CreateRepository: { isWrite: true, handle: createRepository },
  DescribeRepositories: { isWrite: false, handle: describeRepositories },
  BatchGetImage: { isWrite: false, handle: batchGetImage },
  DescribeImages: { isWrite: false, handle: describeImages },
  ListImages: { isWrite: false, handle: listImages },
  PutImage: { isWrite: true, handle: putImage },
  BatchDeleteImage: { isWrite: true, handle: batchDeleteImage },
  UpdateImageStorageClass: { isWrite: true, handle: updateImageStorageClass },
  GetDownloadUrlForLayer: { isWrite: false, handle: getDownloadUrlForLayer },
  GetRepositoryPolicy: { isWrite: false, handle: getRepositoryPolicy },
  SetRepositoryPolicy: { isWrite: true, handle: setRepositoryPolicy },
  GetLifecyclePolicy: { isWrite: false, handle: getLifecyclePolicy },
  PutLifecyclePolicy: { isWrite: true, handle: putLifecyclePolicy },
  DescribeImageScanFindings: { isWrite: false, handle: describeImageScanFindings },
  GetRegistryScanningConfiguration: { isWrite: false, handle: getRegistryScanningConfiguration },
  StartImageScan: { isWrite: true, handle: startImageScan },
  PutImageTagMutability: { isWrite: true, handle: putImageTagMutability },
};

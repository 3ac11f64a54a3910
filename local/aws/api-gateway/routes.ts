import type { RestRoute } from '../routes.ts';
export const restApiRoutes: readonly RestRoute[] = [];

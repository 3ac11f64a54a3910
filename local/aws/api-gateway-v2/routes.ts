import type { RestRoute } from '../routes.ts';
export const httpApiRoutes: readonly RestRoute[] = [];

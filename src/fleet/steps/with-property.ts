import type { GitHubClient } from '../../clients/github.ts';
import { GitHubFailure } from '../../clients/github-failure.ts';
import { allPages } from '../../clients/pages.ts';
import { UserError } from '../../errors.ts';

interface PropertyValues {
  readonly repository_full_name: string;
  readonly properties: readonly {
    readonly property_name: string;
    readonly value: string | string[] | null;
  }[];
}

const PAGE = 100;

/**
 * The repositories (`OWNER/NAME`) whose custom property has a value. REST, because GraphQL knows no custom properties: one
 * request per hundred that match.
 */
export async function repositoriesWithProperty(
  github: GitHubClient,
  organization: string,
  property: { readonly name: string; readonly value: string },
): Promise<ReadonlySet<string>> {
  const endless = (why: string) =>
    unreadable(property.name, organization, new Error(`its list does not end: ${why}`));
  const values = await allPages({ endless }, async (page = '1') => {
    const shown = await readPropertyPage(github, organization, { page: Number(page), property });
    return [shown, shown.length < PAGE ? undefined : String(Number(page) + 1)];
  });
  // Checked again here: how the search qualifier treats lists and cases is GitHub's to change.
  const has = ({ properties }: PropertyValues) =>
    properties.some(
      ({ property_name, value }) =>
        property_name === property.name && [value].flat().includes(property.value),
    );
  return new Set(values.filter(has).map(({ repository_full_name }) => repository_full_name));
}

async function readPropertyPage(
  github: GitHubClient,
  organization: string,
  { page, property }: { page: number; property: { name: string; value: string } },
): Promise<readonly PropertyValues[]> {
  try {
    return await github.get<readonly PropertyValues[]>('/orgs/{org}/properties/values', {
      org: organization,
      per_page: PAGE,
      page,
      repository_query: `props.${property.name}:${property.value}`,
    });
  } catch (error) {
    throw error instanceof GitHubFailure ? unreadable(property.name, organization, error) : error;
  }
}

function unreadable(property: string, organization: string, cause: Error): UserError {
  return new UserError(
    'attach-property',
    {
      what: `The custom property ${property} could not be read in ${organization}: ${cause.message}.`,
      fix: 'Give the GitHub App the organization permission "custom properties: read", or select by topic.',
    },
    { cause },
  );
}

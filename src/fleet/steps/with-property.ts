import type { GitHubClient } from '../../clients/github.ts';
import { GitHubFailure } from '../../clients/github-failure.ts';
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
  const found = new Set<string>();
  for (let page = 1; ; page += 1) {
    const values = await readPropertyPage(github, organization, { page, property });
    for (const { repository_full_name, properties } of values) {
      // Checked again here: how the search qualifier treats lists and cases is GitHub's to change.
      const has = properties.some(
        ({ property_name, value }) =>
          property_name === property.name && [value].flat().includes(property.value),
      );
      if (has) found.add(repository_full_name);
    }
    if (values.length < PAGE) return found;
  }
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
    if (!(error instanceof GitHubFailure)) throw error;
    throw new UserError(
      'attach-property',
      {
        what: `The custom property ${property.name} could not be read in ${organization}: ${error.message}.`,
        fix: 'Give the GitHub App the organization permission "custom properties: read", or select by topic.',
      },
      { cause: error },
    );
  }
}

import { withCheckout } from './checkout.ts';
import { HttpService, type ServiceOptions, withService } from './service.ts';

/** The side that the own code is compared with. */
export interface Other {
  /** As its reader knows it. */
  title: string;
  service: HttpService;
  /** The folder of a revision. A running service has none. */
  built?: string;
}

export interface OtherOptions extends ServiceOptions {
  /** A git revision, or the URL of a running service. */
  against: string;
  /** The project, in a git repository. Only a revision requires it. */
  folder: string;
  /** A token that a running service requires. */
  token?: string | undefined;
}

/**
 * Builds and starts another revision while it is used, unless it is a service that runs already.
 * @throws {Error} if the revision is unknown or does not build, or its service does not start
 */
export async function withOther<T>(options: OtherOptions, use: (other: Other) => Promise<T>): Promise<T> {
  const { against, folder, signal, token } = options;
  if (/^https?:\/\//.test(against)) return use({ title: against, service: new HttpService(against, token) });
  return withCheckout(against, folder, signal, ({ folder: built, commit }) =>
    withService(built, options, (service) => use({ title: `${against} (${commit})`, service, built })),
  );
}

import type { z } from "zod";
import { HavenError, isHavenError } from "../../base/errors.ts";
import { ApiClient, type ApiRequest } from "./api-client.ts";
import { type SavedCluster, SavedClusters } from "./saved-clusters.ts";

/** A cluster that is asked through its API, by the session that `haven login` has begun. */
export class RemoteCluster {
  readonly #client: ApiClient;

  constructor(
    /** As it was named when it was logged in to. */
    readonly name: string,
    /** The node that answers. */
    readonly node: string,
    client: ApiClient,
  ) {
    this.#client = client;
  }

  /** What the API says, by a schema. @throws HavenError remote.*, interrupted, and what the API refuses with */
  async read<S extends z.ZodType>(schema: S, path: string, request: ApiRequest = {}): Promise<z.output<S>> {
    try {
      return await this.#client.read(schema, path, request);
    } catch (error) {
      if (isHavenError(error, "api.session") || isHavenError(error, "api.token")) {
        throw new HavenError(
          "remote.login",
          { name: this.name, why: `The session has ended` },
          { cause: error },
        );
      }
      throw error;
    }
  }
}

/**
 * The cluster that a word names: how it was called at its login, or its URL.
 *
 * @throws HavenError remote.login where nobody has logged in, remote.file
 */
export function remoteCluster(word: string, signal: AbortSignal, saved = new SavedClusters()): RemoteCluster {
  const found = saved.find(word);
  if (found?.session === undefined) {
    const why = found === undefined ? `There is no cluster ${word} here` : `Nobody is logged in to ${word}`;
    throw new HavenError("remote.login", { name: found?.name ?? word, why });
  }
  return new RemoteCluster(found.name, found.session.node, clientOf(found, signal));
}

/** What speaks to a cluster that is remembered. */
export function clientOf({ url, authority, session }: SavedCluster, signal: AbortSignal): ApiClient {
  return new ApiClient({ url, authority, bearer: session?.bearer, signal });
}

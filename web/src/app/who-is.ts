import type { Session } from "../api/answers.ts";
import type { ApiClient } from "../api/api-client.ts";
import { errorText } from "../api/error-text.ts";
import { ClusterStore } from "../store/cluster-store.ts";

/** Who is logged in, as far as the page knows. */
export type Who =
  | { readonly is: "asking" }
  | { readonly is: "failed"; readonly why: string }
  | { readonly is: "nobody"; readonly why?: string }
  | { readonly is: "somebody"; readonly session: Session; readonly store: ClusterStore };

/** So long the state is waited for, milliseconds: what is there with it is drawn once, not twice. */
const patienceMs = 1000;

/** Asks the node who is logged in, and for the state then. */
export async function whoIs(client: ApiClient): Promise<Who> {
  try {
    const session = await client.session();
    if (session === undefined) return { is: "nobody" };
    const somebody = whoHasLoggedIn(client, session);
    await Promise.race([somebody.store.readFirst(), new Promise((done) => setTimeout(done, patienceMs))]);
    return somebody;
  } catch (error) {
    return { is: "failed", why: errorText(error) };
  }
}

export function whoHasLoggedIn(client: ApiClient, session: Session): Extract<Who, { is: "somebody" }> {
  return { is: "somebody", session, store: new ClusterStore({ client }) };
}

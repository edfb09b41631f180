const sessionPath = "/v1/session";
/** What every page shows first. */
const statePaths = ["/v1/status", "/v1/vms"];
const place = "havenEarly";

/** By their paths; undefined where there was none. */
export type EarlyAnswers = Map<string, Promise<Response | undefined>>;

/** The page as what two scripts have in common. */
type Page = { [place]?: EarlyAnswers };

type Ask = (path: string) => Promise<Response>;

const askNode: Ask = (path) => fetch(path, { credentials: "same-origin", cache: "no-store" });

/**
 * Asks who is logged in, and for the state, before the console is there that shows it. All at once: who is not logged in
 * is refused the state, everybody else has waited for one answer instead of two.
 */
export function askEarly(page: Page = globalThis as Page, ask: Ask = askNode): EarlyAnswers {
  // Who finds no answer here asks again, and says what is wrong.
  const quietly = (path: string): Promise<Response | undefined> => ask(path).catch(() => undefined);
  // What was refused before somebody has logged in is asked for again afterwards.
  const state = statePaths.map(
    (path) => [path, quietly(path).then((one) => (one?.ok === true ? one : undefined))] as const,
  );
  const session = quietly(sessionPath);
  const answers: EarlyAnswers = new Map([[sessionPath, session], ...state]);
  // Nor is it waited for: who logs in later asks anew.
  void session.then((one) => {
    if (one?.ok !== true) for (const path of statePaths) answers.delete(path);
  });
  page[place] = answers;
  return answers;
}

/** What was asked for early, once; undefined where it has to be asked for now. */
export async function takeEarly(
  path: string,
  page: Page = globalThis as Page,
): Promise<Response | undefined> {
  const answer = page[place]?.get(path);
  page[place]?.delete(path);
  return await answer;
}

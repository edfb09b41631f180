/** The word that the executable is called with to listen for changes of the CIB. People need not say it. */
export const cibWatchWord = "watch-cib";
/** What it prints: the first when it listens, the other for each change. One letter, for it is read as it comes. */
export const cibWatchSays = { listening: "l", changed: "c" } as const;

/** From here on PatternFly's page has its list of pages beside it. */
export const wideScreen = matchMedia("(min-width: 75rem)");

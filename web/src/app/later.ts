import { type ComponentType, type LazyExoticComponent, lazy } from "react";
import { laterStyles } from "./later-styles.ts";

/** A component that is loaded when it is shown first, with its styles. */
export function later<Props>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => {
    const [component] = await Promise.all([load(), laterStyles()]);
    return { default: component };
  });
}

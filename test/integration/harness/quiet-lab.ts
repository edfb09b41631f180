import { clusterQuiet } from "./cluster-quiet.ts";
import { type TestLab, type TestLabOptions, testLab } from "./test-lab.ts";

/** The lab that tests share, with whatever earlier tests left in it cleared away. */
export async function quietLab(options: TestLabOptions = {}): Promise<TestLab> {
  const lab = await testLab(options);
  await clusterQuiet(lab);
  return lab;
}

import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { xml } from "../xml/element.ts";
import { type ConfigurationInput, configureCluster } from "./cluster-configuration.ts";

// The newest schema that both Pacemaker 2.1.5 and 3.0 have.
const schema = "pacemaker-3.9";

/**
 * The whole CIB that nodes start with, the same text on all of them: with it a new cluster knows its nodes, its
 * fencing and its timing before it makes its first decision.
 */
export function seedCib(input: ConfigurationInput): string {
  const root = xml("cib", { "validate-with": schema, admin_epoch: 0, epoch: 1, num_updates: 0 }, [
    xml("configuration", {}, [xml("crm_config"), xml("nodes"), xml("resources"), xml("constraints")]),
    xml("status"),
  ]);
  const editor = new CibEditor(new Cib(root));
  configureCluster(editor, input);
  return `${editor.cib.toXml({ indent: 2 })}`;
}

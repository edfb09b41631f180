import { Title } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { apiRoutes } from "../../../src/contract/api-routes.ts";
import { clusterAnswers } from "../api/cluster-answers.ts";
import { AnswerView } from "../parts/answer-view.tsx";
import { PageSection } from "../parts/page-section.tsx";
import { OptionCards } from "./option-cards.tsx";
import { schemaHelp } from "./schema-help.ts";
import { SettingsEditor } from "./settings-editor.tsx";
import { useAnswer } from "./use-answer.ts";

/** The cluster's settings, with what they are for; how deep fields are explained beside the editor. */
const sections: readonly (readonly [string, number])[] = [
  ["zones", 2],
  ["storage", 1],
  // The fields of a specification, without what is in them: docs/vm-spec.md has that.
  ["classes", 2],
  ["defaults", 2],
  ["mail", 2],
  ["webhooks", 2],
];

/** What holds for the whole cluster: Haven's settings, which can be changed here, and Pacemaker's options. */
export function SettingsPage(): ReactNode {
  const answer = useAnswer(apiRoutes.getSettings.path, clusterAnswers.settings);
  const schema = useAnswer(apiRoutes.getSettingsSchema.path, clusterAnswers.settings).value;
  return (
    <PageSection>
      <Title headingLevel="h1">Settings</Title>
      <AnswerView answer={answer}>
        {(settings) => (
          <div className="haven-stack">
            {sections.map(([name, depth]) => (
              <SettingsEditor
                key={name}
                {...{
                  name,
                  settings,
                  tag: answer.tag,
                  help: schemaHelp(schema, name, depth),
                  again: answer.again,
                }}
              />
            ))}
          </div>
        )}
      </AnswerView>
      <OptionCards />
    </PageSection>
  );
}

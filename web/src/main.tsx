import "./console.css";
import { Button, Page } from "@patternfly/react-core";
import { createRoot } from "react-dom/client";

const place = document.getElementById("console");
if (place !== null)
  createRoot(place).render(
    <Page>
      <Button>Haven</Button>
    </Page>,
  );

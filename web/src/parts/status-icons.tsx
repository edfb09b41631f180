import RhUiCheckCircleFillIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-check-circle-fill-icon";
import RhUiErrorFillIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-error-fill-icon";
import RhUiInformationFillIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-information-fill-icon";
import RhUiWarningFillIcon from "@patternfly/react-icons/dist/esm/icons/rh-ui-warning-fill-icon";

export type LabelStatus = "success" | "warning" | "danger" | "info";

/** PatternFly's icons of how something stands. */
export const statusIcons = {
  success: <RhUiCheckCircleFillIcon />,
  warning: <RhUiWarningFillIcon />,
  danger: <RhUiErrorFillIcon />,
  info: <RhUiInformationFillIcon />,
} as const;

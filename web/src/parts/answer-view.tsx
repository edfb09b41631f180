import type { ReactNode } from "react";
import { Loading } from "./loading.tsx";
import { QuickAlert } from "./quick-alert.tsx";

interface AnswerViewProps<T> {
  readonly answer: { readonly value: T | undefined; readonly failure: string | undefined };
  readonly children: (value: T) => ReactNode;
}

/** What was answered; why it was not; or that it is waited for. */
export function AnswerView<T>({ answer, children }: AnswerViewProps<T>): ReactNode {
  const { value, failure } = answer;
  if (failure !== undefined) return <QuickAlert isInline variant="danger" title={failure} />;
  return value === undefined ? <Loading /> : children(value);
}

import { Table, Tbody, Td, Th, Thead, Tr } from "@patternfly/react-table";
import type { ReactNode } from "react";

interface PlainTableProps {
  /** What a screen reader says of it. */
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly { readonly key: string; readonly cells: readonly ReactNode[] }[];
  /** In its place where there are no rows. */
  readonly empty: string;
}

/** A table that is only read; on a narrow screen each row is a list. */
export function PlainTable({ label, columns, rows, empty }: PlainTableProps): ReactNode {
  if (rows.length === 0) return <p className="haven-small">{empty}</p>;
  return (
    <Table aria-label={label} variant="compact" gridBreakPoint="grid-md">
      <Thead>
        <Tr>
          {columns.map((name) => (
            <Th key={name}>{name}</Th>
          ))}
        </Tr>
      </Thead>
      <Tbody>
        {rows.map(({ key, cells }) => (
          <Tr key={key}>
            {cells.map((cell, at) => (
              <Td key={columns[at]} dataLabel={columns[at] ?? ""}>
                {cell}
              </Td>
            ))}
          </Tr>
        ))}
      </Tbody>
    </Table>
  );
}

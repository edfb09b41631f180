import { type Codec, list, STRING_MAX } from "./codec.ts";
import type { TypedValues } from "./types.ts";
import { protocolError, type XdrReader, type XdrWriter } from "./xdr.ts";

/** The kinds of a typed parameter: virTypedParameterType (include/libvirt/libvirt-common.h). */
export const typedKind = { int: 1, uint: 2, llong: 3, ullong: 4, double: 5, boolean: 6, string: 7 } as const;

/** One typed parameter to send. A name may come several times (migrate_disks). */
export interface TypedParam {
  readonly field: string;
  readonly kind: keyof typeof typedKind;
  readonly value: number | boolean | string;
}

const typedParam: Codec<TypedParam> = {
  least: 12,
  write: (writer, param) => {
    writer.string(param.field, STRING_MAX);
    writer.int32(typedKind[param.kind]);
    writeValue(writer, param);
  },
  read: (reader) => {
    const field = reader.string(STRING_MAX);
    return { field, ...readValue(reader) };
  },
};

/** A list of at the most `max` typed parameters, to send. */
export function typedParams(max: number): Codec<readonly TypedParam[]> {
  return list(typedParam, max);
}

/** A list of at the most `max` typed parameters, received; of a name that comes twice the last value stays. */
export function typedValues(max: number): Codec<TypedValues> {
  return {
    least: 4,
    write: (writer, values) => {
      writer.count(values.size, max);
      for (const [field, value] of values) typedParam.write(writer, { field, kind: kindOf(value), value });
    },
    read: (reader) => {
      const count = reader.count(max, typedParam.least);
      const values = new Map<string, TypedParam["value"]>();
      for (let i = 0; i < count; i++) {
        const field = reader.string(STRING_MAX);
        values.set(field, readValue(reader).value);
      }
      return values;
    },
  };
}

function kindOf(value: TypedParam["value"]): TypedParam["kind"] {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "boolean";
  return Number.isInteger(value) ? "llong" : "double";
}

function writeValue(writer: XdrWriter, { kind, value }: TypedParam): void {
  if (kind === "string") writer.string(String(value), STRING_MAX);
  else if (kind === "int") writer.int32(Number(value));
  else if (kind === "uint") writer.uint32(Number(value));
  else if (kind === "llong") writer.int64(Number(value));
  else if (kind === "ullong") writer.uint64(Number(value));
  else if (kind === "double") writer.double(Number(value));
  else writer.int32(value ? 1 : 0);
}

function readValue(reader: XdrReader): Pick<TypedParam, "kind" | "value"> {
  const kind = reader.int32();
  switch (kind) {
    case typedKind.int:
      return { kind: "int", value: reader.int32() };
    case typedKind.uint:
      return { kind: "uint", value: reader.uint32() };
    case typedKind.llong:
      return { kind: "llong", value: reader.int64() };
    case typedKind.ullong:
      return { kind: "ullong", value: reader.uint64() };
    case typedKind.double:
      return { kind: "double", value: reader.double() };
    case typedKind.boolean:
      return { kind: "boolean", value: reader.bool() };
    case typedKind.string:
      return { kind: "string", value: reader.string(STRING_MAX) };
    default:
      throw protocolError(`a parameter of the unknown kind ${kind}`);
  }
}

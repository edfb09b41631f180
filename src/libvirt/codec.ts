import type { Domain } from "./types.ts";
import { protocolError, type XdrReader, type XdrWriter } from "./xdr.ts";

/** How one kind of value stands on the wire. */
export interface Codec<T> {
  /** The least bytes a value takes: a list that promises more items than fit is refused before it is made. */
  readonly least: number;
  /** @throws HavenError input.invalid */
  write(writer: XdrWriter, value: T): void;
  /** @throws HavenError libvirt.protocol */
  read(reader: XdrReader): T;
}

/** The value that a codec is for. */
export type Value<C> = C extends Codec<infer T> ? T : never;

/** REMOTE_STRING_MAX (src/remote/remote_protocol.x). */
export const STRING_MAX = 4_194_304;

export const int32: Codec<number> = {
  least: 4,
  write: (writer, value) => writer.int32(value),
  read: (reader) => reader.int32(),
};
export const uint32: Codec<number> = {
  least: 4,
  write: (writer, value) => writer.uint32(value),
  read: (reader) => reader.uint32(),
};
/** `hyper`; a value beyond 2^53 is rounded when read. */
export const int64: Codec<number> = {
  least: 8,
  write: (writer, value) => writer.int64(value),
  read: (reader) => reader.int64(),
};
/** `unsigned hyper`; a value beyond 2^53 is rounded when read. */
export const uint64: Codec<number> = {
  least: 8,
  write: (writer, value) => writer.uint64(value),
  read: (reader) => reader.uint64(),
};
/** An `int` that means yes or no. */
export const bool: Codec<boolean> = {
  least: 4,
  write: (writer, value) => writer.int32(value ? 1 : 0),
  read: (reader) => reader.bool(),
};
/** remote_nonnull_string. */
export const string: Codec<string> = {
  least: 4,
  write: (writer, value) => writer.string(value, STRING_MAX),
  read: (reader) => reader.string(STRING_MAX),
};
export const uuid: Codec<string> = {
  least: 16,
  write: (writer, value) => writer.uuid(value),
  read: (reader) => reader.uuid(),
};
/** No value at all. */
export const nothing: Codec<void> = { least: 0, write: () => undefined, read: () => undefined };

/** A pointer that may be NULL. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    least: 4,
    write: (writer, value) => {
      writer.int32(value === undefined ? 0 : 1);
      if (value !== undefined) codec.write(writer, value);
    },
    read: (reader) => (reader.present() ? codec.read(reader) : undefined),
  };
}

/** remote_string. */
export const optionalString: Codec<string | undefined> = optional(string);

/** Bytes of variable length. */
export function opaque(max: number): Codec<Uint8Array> {
  return {
    least: 4,
    write: (writer, value) => writer.opaque(value, max),
    read: (reader) => reader.opaque(max),
  };
}

/** A list of at the most `max` items. */
export function list<T>(codec: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    least: 4,
    write: (writer, values) => {
      writer.count(values.length, max);
      for (const value of values) codec.write(writer, value);
    },
    read: (reader) => {
      const count = reader.count(max, codec.least);
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(codec.read(reader));
      return values;
    },
  };
}

/** The fields of a struct in the order of the wire. */
export function struct<T extends object>(fields: { readonly [K in keyof T]: Codec<T[K]> }): Codec<T> {
  const entries = Object.entries(fields) as [keyof T, Codec<T[keyof T]>][];
  return {
    least: entries.reduce((sum, [, codec]) => sum + codec.least, 0),
    write: (writer, value) => {
      for (const [name, codec] of entries) codec.write(writer, value[name]);
    },
    read: (reader) => {
      const value: Partial<T> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as T;
    },
  };
}

/** remote_nonnull_domain, written out since every call on a domain has one. */
export const domain: Codec<Domain> = {
  least: 24,
  write: (writer, value) => {
    writer.string(value.name, STRING_MAX);
    writer.uuid(value.uuid);
    writer.int32(value.id);
  },
  read: (reader) => {
    const name = reader.string(STRING_MAX);
    const id = reader.uuid();
    return { name, uuid: id, id: reader.int32() };
  },
};

/** `char text[length]`: C's xdr_char sends each character as an int. */
export function characters(length: number): Codec<string> {
  return {
    least: length * 4,
    write: (writer, value) => {
      for (let i = 0; i < length; i++) writer.int32(i < value.length ? value.charCodeAt(i) & 0x7f : 0);
    },
    read: (reader) => {
      let text = "";
      let ended = false;
      for (let i = 0; i < length; i++) {
        const code = reader.int32();
        if (code < -128 || code > 255) throw protocolError(`${code} is no character`);
        ended ||= code === 0;
        if (!ended) text += String.fromCharCode(code & 0xff);
      }
      return text;
    },
  };
}

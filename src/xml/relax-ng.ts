import { pathToFileURL } from "node:url";

/** A schema in RELAX NG that documents are checked against. */
export interface RelaxNg {
  /** What is wrong with a document; empty when it is valid. */
  problems(text: string): readonly string[];
}

/**
 * Loads a RELAX NG schema with what it includes, such as /usr/share/libvirt/schemas/domain.rng. Takes some 100 ms:
 * load it once.
 *
 * @throws Error when the file cannot be read or is not a schema
 */
export async function loadRelaxNg(path: string): Promise<RelaxNg> {
  const [{ XmlDocument, RelaxNGValidator, XmlLibError }, { xmlRegisterFsInputProviders }, { readFile }] =
    await Promise.all([
      import("libxml2-wasm"),
      import("libxml2-wasm/lib/nodejs.mjs"),
      import("node:fs/promises"),
    ]);
  xmlRegisterFsInputProviders();
  const schema = XmlDocument.fromBuffer(await readFile(path), { url: pathToFileURL(path).href });
  const validator = RelaxNGValidator.fromDoc(schema);
  return {
    problems(text) {
      let document: InstanceType<typeof XmlDocument> | undefined;
      try {
        document = XmlDocument.fromString(text);
        validator.validate(document);
        return [];
      } catch (error) {
        if (!(error instanceof XmlLibError)) throw error;
        const details = error.details.map(({ message }) => message.trim());
        return details.length === 0 ? [error.message.trim()] : details;
      } finally {
        document?.dispose();
      }
    },
  };
}

import { printError } from "../../base/errors.ts";
import type { XmlElement } from "../../xml/element.ts";
import { readXml } from "../../xml/read.ts";

/** Longest XML taken: the CIB refuses more anyway, and a file should not be a disk image. */
const maxLength = 1024 * 1024;

/** The whole domain, or what is wrong with its XML. Not for the monitor: see `identityOf`. */
export function parseDomain(xml: string | undefined): XmlElement | string {
  if (xml === undefined) return "there is no XML";
  try {
    const domain = readXml(xml, { source: "xml", maxLength });
    return domain.name === "domain" ? domain : `the XML is of <${domain.name}>, not of a domain`;
  } catch (error) {
    return printError(error);
  }
}

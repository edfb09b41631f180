import { z } from "zod";
import { field, fields, text } from "./spec-parts.ts";

const step = String.raw`[A-Za-z_][\w.:-]*(\[(\d{1,3}|([\w.:-]+\/)*@[\w.:-]+='[^'\]]*')\])?`;
// Fields have these, and the cluster counts on them.
const owned = String.raw`(?!(name|uuid|memory|currentMemory|vcpu)(\/|\[|$))`;
const pathText = "a path below <domain> such as devices/video/model/@type, to what has no field";
const path = text(pathText).regex(new RegExp(`^${owned}${step}(\\/${step})*(\\/@[A-Za-z_][\\w.:-]*)?$`), {
  error: pathText,
});

const valueText = "a line of text";
const value = text(valueText).regex(/^[^\p{Cc}]{0,1000}$/u, { error: valueText });

/** XML for what has no field. */
export const rawXml = fields(
  {
    whole: field(
      text("the XML of a domain").regex(/^\s*</, { error: "the XML of a domain" }),
      "The domain's whole XML, instead of the fields that say what the machine is",
    ),
    domain: field(text("XML elements"), "Elements added below <domain>"),
    devices: field(text("XML elements"), "Elements added below <devices>"),
    set: field(
      z.record(path, value, { error: "paths with the texts that they get" }),
      "Texts of elements and values of attributes, by their paths",
    ),
    remove: field(
      z.array(path, { error: "a list of paths" }),
      "Paths of elements and attributes that are taken away",
    ),
  },
  "domain or devices with XML elements",
);

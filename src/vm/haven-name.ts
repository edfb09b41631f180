/** A VM's name made of any text (a domain's name, the id of a resource): small letters, digits and dashes. */
export function havenName(text: string): string {
  const name = text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return name === "" ? "vm" : name;
}

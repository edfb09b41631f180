/** So many MiB for people: "512 MiB", "1.5 GiB", "2 TiB". */
export function memoryText(mib: number | undefined): string {
  if (mib === undefined) return "unknown";
  if (Math.abs(mib) < 1024) return `${Math.round(mib)} MiB`;
  const gib = mib / 1024;
  if (Math.abs(gib) < 1024) return `${short(gib)} GiB`;
  return `${short(gib / 1024)} TiB`;
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/**
 * The program that OpenIPMI's ipmi_sim calls for its chassis: `SOCKET get NAME…` prints "NAME:VALUE" lines, `SOCKET set
 * NAME VALUE…` does it. Source: chassis_control in OpenIPMI's lanserv. Anything that is not done is an error, which the
 * asking side is told.
 */
export async function bmcHookMain(
  words: readonly string[],
  print = (text: string): unknown => process.stdout.write(text),
): Promise<number> {
  const [socket, verb, ...rest] = words;
  if (socket === undefined) return 2;
  if (verb === "get") {
    for (const name of rest) {
      if (name !== "power") return 1;
      const answer = await fetch("http://bmc/power", { unix: socket });
      if (!answer.ok) return 1;
      print(`power:${await answer.text()}\n`);
    }
    return 0;
  }
  if (verb !== "set") return 1;
  for (let at = 0; at + 1 < rest.length; at += 2) {
    const command = commandOf(rest[at] ?? "", rest[at + 1] ?? "");
    if (command === undefined) return 1;
    const answer = await fetch("http://bmc/power", { unix: socket, method: "POST", body: command });
    if (!answer.ok) return 1;
  }
  return 0;
}

function commandOf(name: string, value: string): string | undefined {
  if (name === "power") return value === "0" ? "off" : "on";
  if (name === "reset") return "reset";
  return name === "shutdown" ? "shutdown" : undefined;
}

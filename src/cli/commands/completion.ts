import { HavenError } from "../../base/errors.ts";
import { command } from "../command.ts";

// The shells ask haven itself for each word, so that a script never has to be renewed. `files` on a line of its
// own asks the shell for file names.
const scripts: Readonly<Record<string, string>> = {
  bash: `_haven() {
  local words
  mapfile -t words < <(haven completion-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  if [[ "\${words[0]}" == "<files>" ]]; then
    mapfile -t COMPREPLY < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
  else
    COMPREPLY=("\${words[@]}")
  fi
}
complete -F _haven haven`,
  zsh: `#compdef haven
_haven() {
  local -a found
  found=("\${(@f)$(haven completion-words -- "\${words[@]:1:$((CURRENT-1))}" 2>/dev/null)}")
  if [[ "\${found[1]}" == "<files>" ]]; then _files; else compadd -- $found; fi
}
compdef _haven haven`,
  fish: `function __haven_words
  set -l found (haven completion-words -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)
  if test "$found[1]" = "<files>"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\\n' $found
  end
end
complete -c haven -f -a '(__haven_words)'`,
};

export const completionCommands = [
  command({
    path: ["completion"],
    summary: "Print the completion script for a shell",
    args: [{ name: "SHELL", help: "bash, zsh or fish", complete: ["bash", "zsh", "fish"] }],
    examples: ["source <(haven completion bash)"],
    role: "local",
    async run({ args, terminal }) {
      const script = scripts[args[0] ?? ""];
      if (script === undefined) {
        throw new HavenError("usage", { what: `Expected bash, zsh or fish, found '${args[0]}'` });
      }
      terminal.out(script);
    },
  }),
];

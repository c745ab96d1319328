/** `weir completion bash|zsh|fish`: the shell's own words for the commands and options that there are. */
import { Argument, type Command } from 'commander';

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .description('prints a script for the shell: source <(weir completion bash)')
    .addArgument(new Argument('<shell>', 'for which').choices(['bash', 'zsh', 'fish']))
    .action((shell: 'bash' | 'zsh' | 'fish') => {
      console.log(SCRIPTS[shell](program));
    });
}

const SCRIPTS = { bash, zsh, fish };

const optionsOf = (command: Command): string[] =>
  command.options.flatMap(({ long, short }) => [long, short].filter(flag => flag != null));

function bash(program: Command): string {
  const cases = program.commands.map(
    command => `    ${command.name()}) words="${[...wordsOf(command), ...optionsOf(command)].join(' ')}" ;;`,
  );
  return `_weir() {
  local current="\${COMP_WORDS[COMP_CWORD]}" command="" word words
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    "") words="${[...program.commands.map(command => command.name()), ...optionsOf(program)].join(' ')}" ;;
${cases.join('\n')}
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _weir weir`;
}

function zsh(program: Command): string {
  return `autoload -U +X bashcompinit && bashcompinit
${bash(program)}`;
}

function fish(program: Command): string {
  const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
  const commands = program.commands.flatMap(command => [
    `complete -c weir -n __fish_use_subcommand -a ${command.name()} -d ${quoted(command.description())}`,
    ...command.options.map(
      option =>
        `complete -c weir -n '__fish_seen_subcommand_from ${command.name()}' -l ${(option.long ?? '').slice(2)} -d ${quoted(option.description)}`,
    ),
    ...wordsOf(command).map(
      word => `complete -c weir -n '__fish_seen_subcommand_from ${command.name()}' -a ${word}`,
    ),
  ]);
  const globals = program.options.map(
    option => `complete -c weir -l ${(option.long ?? '').slice(2)} -d ${quoted(option.description)}`,
  );
  return [...globals, ...commands].join('\n');
}

/** Subcommands, and arguments that are one of a few words. */
function wordsOf(command: Command): string[] {
  return [
    ...command.commands.map(sub => sub.name()),
    ...command.registeredArguments.flatMap(argument => argument.argChoices ?? []),
  ];
}

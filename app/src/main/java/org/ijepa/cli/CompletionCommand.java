package org.ijepa.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.ijepa.failure.ExitCode;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what makes a shell complete commands and options. */
@Command(
    name = "completion",
    description = {
      "Prints a script that makes a shell complete commands, options and configuration keys.",
      "To have it in every new shell, add the example's line to ~/.bashrc or ~/.zshrc, with the full",
      "path of ijepa."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {"  source <(./ijepa completion bash)", "  source <(./ijepa completion zsh)"})
final class CompletionCommand implements Callable<Integer> {
  /** The shells that are known. */
  enum Shell {
    BASH,
    ZSH;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Set<String> PLACE_LABELS = Set.of("URI", "FILE", "DIR");

  /** Values that are picocli's names of constants, which are taken in small letters, too. */
  private static final Pattern CONSTANTS =
      Pattern.compile("_option_args=\\((\"[A-Z0-9_]+\" ?)+\\)");

  /**
   * What picocli does not offer: places behind options and keys that are folders or addresses, in
   * either of which no blank follows what goes on. bash splits words at "=", zsh does not.
   */
  private static final String WITH_PLACES =
      """

      _ijepa_complete() {
        local word=${COMP_WORDS[COMP_CWORD]} key=${COMP_WORDS[COMP_CWORD-1]} head= each
        local -a found=()
        case $word in
          =) word= ;;
          *=*) key=${word%%=*}; head="$key="; word=${word#*=} ;;
          *) if [[ $key == = ]]; then key=${COMP_WORDS[COMP_CWORD-2]}; fi ;;
        esac
        case $key in
          PLACES)
            for each in "$word"*; do
              if [[ -d $each ]]; then
                found+=("$head$(printf %q "$each")/")
              elif [[ -e $each ]]; then
                found+=("$head$(printf %q "$each") ")
              fi
            done ;;
          *)
            _complete_ijepa "$@"
            compopt +o filenames 2>/dev/null
            for each in "${COMPREPLY[@]}"; do
              case $each in
                *=|*/) found+=("$each") ;;
                ?*) found+=("$each ") ;;
              esac
            done ;;
        esac
        COMPREPLY=("${found[@]}")
      }
      complete -o nospace -F _ijepa_complete ijepa
      """;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    CommandLine ijepa = Main.commandLine(new Main());
    // One script for both: in zsh it loads bashcompinit.
    out.println("# ijepa, for " + shell);
    out.print(
        CONSTANTS
            .matcher(AutoComplete.bash("ijepa", ijepa))
            .replaceAll(values -> values.group().toLowerCase(Locale.ROOT)));
    out.print(WITH_PLACES.replace("PLACES", String.join("|", places(ijepa))));
    out.flush();
    return ExitCode.DONE.number();
  }

  /** Options whose value is a path, or text that names a place, and the keys of such; patterns. */
  private static Set<String> places(CommandLine command) {
    Set<String> places = new TreeSet<>(Set.of("*.uri", "*.dir", "*.file", "*-file"));
    command.getCommandSpec().options().stream()
        .filter(CompletionCommand::isPlace)
        .forEach(option -> places.addAll(List.of(option.names())));
    command.getSubcommands().values().forEach(sub -> places.addAll(places(sub)));
    return places;
  }

  private static boolean isPlace(OptionSpec option) {
    Class<?> type = option.auxiliaryTypes()[0];
    return type == Path.class
        || (type == String.class && PLACE_LABELS.contains(option.paramLabel()));
  }
}

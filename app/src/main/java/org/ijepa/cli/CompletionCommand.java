package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.ijepa.failure.ExitCode;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
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

  /**
   * Behind a key and its = comes a value, not a blank; zsh has nothing that says so of one word.
   */
  private static final String WITHOUT_BLANK =
      """

      _ijepa_complete() {
        _complete_ijepa "$@"
        case ${COMPREPLY[0]-} in
          *=) compopt -o nospace ;;
        esac
      }
      complete -F _ijepa_complete -o default ijepa
      """;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  private Shell shell;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    // picocli's script is one for both: in zsh it loads bashcompinit.
    out.println("# ijepa, for " + shell);
    out.print(AutoComplete.bash("ijepa", Main.commandLine(new Main())));
    if (shell == Shell.BASH) {
      out.print(WITHOUT_BLANK);
    }
    out.flush();
    return ExitCode.DONE.number();
  }
}

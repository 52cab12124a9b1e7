package org.ijepa.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.ijepa.failure.ExitCode;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Wrong options, parameters and command names, in one line with what was probably meant. */
final class UsageErrors {
  /** How picocli lists the constants that a value can be; they are taken in small letters, too. */
  private static final Pattern CONSTANTS = Pattern.compile("expected one of \\[[A-Z0-9_, ]+]");

  private UsageErrors() {}

  static int report(ParameterException error, String[] arguments) {
    CommandLine command = error.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println("ijepa: " + message(error) + "; " + hint(error, name));
    return ExitCode.WRONG_USAGE.number();
  }

  private static String message(ParameterException error) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      String first = unmatched.getUnmatched().get(0);
      if (unmatched.isUnknownOption()) {
        return "unknown option " + first;
      }
      boolean expectsCommand = !error.getCommandLine().getSubcommands().isEmpty();
      return (expectsCommand ? "unknown command " : "unexpected argument ") + first;
    }
    String text =
        CONSTANTS
            .matcher(error.getMessage().strip().replaceAll("\\s*\\R\\s*", " "))
            .replaceAll(list -> list.group().toLowerCase(Locale.ROOT));
    // The one message that ends in a full stop.
    text = text.endsWith("'.") ? text.substring(0, text.length() - 1) : text;
    return Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }

  private static String hint(ParameterException error, String command) {
    if (error instanceof UnmatchedArgumentException unmatched) {
      List<String> suggestions = unmatched.getSuggestions();
      if (!suggestions.isEmpty()) {
        return "did you mean " + String.join(" or ", suggestions) + "?";
      }
    }
    return "see " + command + " --help";
  }
}

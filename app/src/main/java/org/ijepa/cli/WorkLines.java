package org.ijepa.cli;

import java.io.PrintWriter;
import picocli.CommandLine.Model.CommandSpec;

/** Makes lines for the progress of what a command does. */
@FunctionalInterface
interface WorkLines {

  /**
   * A line that nothing is drawn of yet.
   *
   * @param what is done, in words
   * @param unit of what is counted, in the plural
   */
  WorkLine of(String what, String unit);

  /** Where a command prints, by the clock that the program was started with. */
  static WorkLines of(CommandSpec command) {
    return on(command.commandLine().getOut(), command);
  }

  /** On a stream of a command's, by the clock that the program was started with. */
  static WorkLines on(PrintWriter out, CommandSpec command) {
    Main main = (Main) command.root().userObject();
    return (what, unit) ->
        new WorkLine(DrawnLine.onStandardOutput(out, main.nanoClock()), what, unit);
  }
}

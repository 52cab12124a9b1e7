package org.ijepa.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command that ran within the test's process returned and printed. */
record Outcome(int code, String out, String err) {

  static Outcome run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Outcome(code, out.toString(), err.toString());
  }
}

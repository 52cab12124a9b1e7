package org.ijepa.cli;

import org.ijepa.version.ProgramVersion;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints: the program's version and that of the Java it runs on. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"ijepa " + ProgramVersion.text() + " (Java " + Runtime.version() + ")"};
  }
}

package org.ijepa.coordinator;

import java.io.IOException;
import org.ijepa.run.RunFolder;

/** Opens the run folder once this node leads: only one process writes into it. */
public interface FolderOpener {
  /** The folder; whoever opens it closes it. */
  RunFolder open() throws IOException;
}

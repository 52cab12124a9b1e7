package org.ijepa.cli;

import java.util.Iterator;
import org.ijepa.settings.Settings;

/** What a shell offers after {@code --set}. */
final class KeyCandidates implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return Settings.keys().stream().map(key -> key + "=").iterator();
  }
}

package org.ijepa.cli;

import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.ijepa.settings.MachineSettings;
import org.ijepa.settings.Settings;

/** What a shell offers after {@code --set}. */
final class KeyCandidates implements Iterable<String> {
  @Override
  public Iterator<String> iterator() {
    return of(Settings.keys().stream());
  }

  private static Iterator<String> of(Stream<String> keys) {
    return keys.map(key -> key + "=").iterator();
  }

  /** Where S3 is. */
  static final class OfS3 implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return of(Settings.keys().stream().filter(key -> key.startsWith("data.s3.")));
    }
  }

  /** Of a run, and of the machines that it is planned for. */
  static final class WithMachine implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return of(Stream.of(Settings.keys(), MachineSettings.keys()).flatMap(List::stream));
    }
  }
}

package org.ijepa.cli;

import java.util.Optional;
import java.util.function.BiFunction;
import org.ijepa.source.IndexProgress;

/** Shows how far the index of a source is: its listing, then the headers of its shards. */
final class IndexLines implements IndexProgress {
  private final BiFunction<String, String, WorkLine> lines;
  private final String uri;
  private Optional<WorkLine> listing = Optional.empty();
  private Optional<WorkLine> walk = Optional.empty();

  /**
   * Begins without drawing anything.
   *
   * @param lines makes one of what is done and the unit of what is counted
   * @param uri of the source
   */
  IndexLines(BiFunction<String, String, WorkLine> lines, String uri) {
    this.lines = lines;
    this.uri = uri;
  }

  @Override
  public synchronized void listed(long objects) {
    if (listing.isEmpty()) {
      listing = Optional.of(lines.apply("listing " + uri + ":", "files"));
    }
    listing.get().at(objects);
  }

  @Override
  public synchronized void walked(long shards, long of) {
    if (walk.isEmpty()) {
      listing.ifPresent(WorkLine::close);
      walk = Optional.of(lines.apply("reading the headers of " + uri + ":", "shards"));
    }
    walk.get().at(shards, of);
  }

  @Override
  public synchronized void close() {
    listing.ifPresent(WorkLine::close);
    walk.ifPresent(WorkLine::close);
  }
}

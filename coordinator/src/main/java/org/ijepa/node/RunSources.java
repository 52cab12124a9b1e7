package org.ijepa.node;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.ijepa.file.Replacement;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.order.Shards;
import org.ijepa.order.SourceShare;
import org.ijepa.random.RandomKey;
import org.ijepa.run.RunFolder;
import org.ijepa.settings.DataSettings;
import org.ijepa.settings.Settings;
import org.ijepa.source.DataSource;
import org.ijepa.source.IndexChange;
import org.ijepa.source.IndexFile;
import org.ijepa.source.SampleIndex;
import org.ijepa.source.Samples;
import org.ijepa.source.SourceException;

/** The sources of a run, in the order of {@code data.uri}. */
final class RunSources {
  private final Settings settings;
  private final List<DataSource> whole;
  private final List<DataSource> used;
  private final Samples samples;

  private RunSources(Settings settings, List<DataSource> whole, List<DataSource> used) {
    this.settings = settings;
    this.whole = whole;
    this.used = used;
    samples = Samples.of(used);
  }

  /**
   * Opens them.
   *
   * @param opener opens one
   */
  static RunSources open(Settings settings, Function<String, DataSource> opener) {
    List<DataSource> whole = new ArrayList<>();
    List<DataSource> used = new ArrayList<>();
    RandomKey part = RandomKey.of(settings.seed(), "part");
    for (DataSettings.Source source : settings.data().requiredSources()) {
      DataSource opened = opener.apply(source.uri());
      whole.add(opened);
      used.add(
          opened
              .part(settings.data().fraction(), Place.sourceKey(part, used.size()))
              .inPieces(settings.order().window(), settings.order().streams(), memory(settings)));
    }
    return new RunSources(settings, whole, used);
  }

  /** For pieces of the shards of one source; a node that only decodes has parts of many windows. */
  private static long memory(Settings settings) {
    return settings.cluster().decodesOnly()
        ? 0
        : settings.pipeline().fetchMemory() / settings.data().requiredSources().size();
  }

  /** What is trained on. */
  Samples samples() {
    return samples;
  }

  /** All that is there, whatever {@code data.fraction} says. */
  Samples whole() {
    return Samples.of(whole);
  }

  /** What is trained on, source by source, in the order of {@code data.uri}. */
  List<DataSource> used() {
    return used;
  }

  /** What people should know about the sources. */
  List<String> problems() {
    return used.stream().flatMap(source -> source.problems().stream()).toList();
  }

  /** How many images there are and where, for people. */
  String text() {
    List<DataSettings.Source> given = settings.data().sources();
    if (used.size() == 1) {
      String how = used.get(0).isInPieces() ? ", whose shards are read in pieces" : "";
      return samples.size()
          + " images under "
          + given.get(0).uri()
          + how
          + used.get(0).ignored().text();
    }
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      parts.add(
          "%d under %s (%.1f %% of each epoch's%s)"
              .formatted(
                  used.get(i).size(),
                  given.get(i).uri(),
                  given.get(i).perMille() * 0.1,
                  used.get(i).ignored().text()));
    }
    return samples.size() + " images: " + String.join(", ", parts);
  }

  /** The first line of the run's ledger. */
  LedgerHeader header() {
    List<SourceShare> shares = shares();
    List<LedgerHeader.Source> sources = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      sources.add(new LedgerHeader.Source(shares.get(i), used.get(i).fingerprint()));
    }
    return new LedgerHeader(
        LedgerHeader.FORMAT_VERSION,
        settings.seed(),
        sources,
        samples.fingerprint(),
        settings.optimization().globalBatch(),
        settings.order().streams(),
        settings.data().tail());
  }

  /** Which sample stands at which place. */
  SampleOrder order() {
    return Models.order(settings, shares());
  }

  private List<SourceShare> shares() {
    List<SourceShare> shares = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      SampleIndex index = used.get(i).index();
      shares.add(
          new SourceShare(
              settings.data().sources().get(i).perMille(), index.size(), shards(index)));
    }
    return shares;
  }

  private Shards shards(SampleIndex index) {
    return index.samplesOfShards().isEmpty()
        ? Shards.NONE
        : new Shards(index.samplesOfShards(), settings.order().window());
  }

  /**
   * Keeps the indexes in the run folder.
   *
   * @return what people should know: sources of which files were written anew since the run began.
   *     Their index says nothing of it if they have their names and sizes still
   */
  List<String> keep(Path folder, boolean anew) throws IOException {
    List<String> rewritten = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      DataSource source = used.get(i);
      Path file = RunFolder.index(folder, i, used.size());
      if (anew || !Files.exists(file)) {
        IndexFile.save(source.index(), file);
      }
      Path version = RunFolder.version(folder, i, used.size());
      String address = source.store().describe("");
      List<String> is = List.of(address, source.version());
      if (anew || !Files.exists(version)) {
        Replacement.of(version, (String.join("\n", is) + "\n").getBytes(StandardCharsets.UTF_8));
      } else if (isRewritten(Files.readAllLines(version), is)) {
        rewritten.add(
            address
                + ": files were written anew since the run began, and have the names and sizes that they had; if they are other images, this goes on as another run");
      }
    }
    return rewritten;
  }

  /** Of another address, where it is another copy, all times are others: that says nothing. */
  private static boolean isRewritten(List<String> was, List<String> is) {
    return was.size() == 2 && was.get(0).equals(is.get(0)) && !was.equals(is);
  }

  /**
   * What changed since the run began, {@code ": "} and words of it; empty where the folder does not
   * tell.
   */
  String change(Path folder) {
    List<String> changes = new ArrayList<>();
    for (int i = 0; i < used.size(); i++) {
      Path file = RunFolder.index(folder, i, used.size());
      if (Files.exists(file)) {
        String change = change(file, used.get(i).index());
        if (!change.isEmpty()) {
          changes.add(
              used.size() == 1
                  ? change
                  : "in " + settings.data().sources().get(i).uri() + " " + change);
        }
      }
    }
    return changes.isEmpty() ? "" : ": " + String.join("; ", changes);
  }

  private static String change(Path file, SampleIndex index) {
    try {
      SampleIndex began = IndexFile.load(file);
      return began.fingerprint().equals(index.fingerprint())
          ? ""
          : IndexChange.between(began, index);
    } catch (IOException | SourceException e) {
      return "(what changed is not known: " + e.getMessage() + ")";
    }
  }
}

package org.ijepa.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.ijepa.ledger.LedgerContents;
import org.ijepa.ledger.LedgerEntry;
import org.ijepa.ledger.LedgerHeader;
import org.ijepa.ledger.Substitute;
import org.ijepa.order.Place;
import org.ijepa.order.SampleOrder;
import org.ijepa.run.QuarantineLog;
import org.ijepa.run.QuarantinedSample;
import org.ijepa.run.RunFolder;
import org.ijepa.source.IndexFile;
import org.ijepa.source.SampleIndex;
import org.ijepa.source.SourceException;

/** What other files of a run folder say of the samples that its ledger is about. */
final class LedgerWitnesses {
  /** Lines of the quarantine that are told one by one. */
  private static final int TOLD = 5;

  private LedgerWitnesses() {}

  /** A try at a place that brought no usable image. */
  private record Try(long step, long epoch, long position, int attempt) {}

  /** Which of the indexes that the run keeps are not those that the ledger begins with. */
  static List<String> ofIndexes(Path run, LedgerHeader header) throws IOException {
    List<String> problems = new ArrayList<>();
    int sources = header.sources().size();
    for (int i = 0; i < sources; i++) {
      Path file = RunFolder.index(run, i, sources);
      if (Files.exists(file)) {
        LedgerHeader.Source source = header.sources().get(i);
        try {
          SampleIndex index = IndexFile.load(file);
          if (!index.fingerprint().equals(source.indexFingerprint())) {
            problems.add(
                "%s has the fingerprint %s and %d samples, the ledger's header %s and %d"
                    .formatted(
                        file.getFileName(),
                        index.fingerprint(),
                        index.size(),
                        source.indexFingerprint(),
                        source.share().samples()));
          }
        } catch (SourceException e) {
          problems.add(e.getMessage());
        }
      }
    }
    return problems;
  }

  /**
   * Compares the ledger's substitutes with the lines of {@code quarantine.jsonl}.
   *
   * @param problems gets the lines that the ledger contradicts
   * @return substitutes of which no line says why: each trainer says it of its own samples with its
   *     gradient, and one that is lost then says it no more
   */
  static long ofQuarantine(Path run, LedgerContents ledger, List<String> problems)
      throws IOException {
    Path file = RunFolder.quarantine(run);
    if (!Files.exists(file)) {
      return 0;
    }
    Map<Try, Integer> expected = tries(ledger);
    List<String> unknown = new ArrayList<>();
    for (QuarantinedSample line : QuarantineLog.read(file)) {
      Try its = new Try(line.step(), line.epoch(), line.position(), line.attempt());
      if (expected.merge(its, -1, Integer::sum) < 0 && line.step() < ledger.nextStep()) {
        unknown.add(
            "quarantine.jsonl has attempt %d at position %d of epoch %d in step %d (%s), of which the ledger knows nothing"
                .formatted(
                    line.attempt(), line.position(), line.epoch(), line.step(), line.sample()));
      }
    }
    unknown.stream().limit(TOLD).forEach(problems::add);
    if (unknown.size() > TOLD) {
      problems.add("and %d more lines of quarantine.jsonl".formatted(unknown.size() - TOLD));
    }
    return expected.values().stream().filter(left -> left > 0).mapToLong(left -> left).sum();
  }

  /** Tries before those that the ledger says were used; two sources may share one in a step. */
  private static Map<Try, Integer> tries(LedgerContents ledger) {
    SampleOrder order = ledger.header().order();
    Map<Try, Integer> tries = new HashMap<>();
    for (LedgerEntry entry : ledger.entries()) {
      for (Substitute substitute : entry.substitutes()) {
        if (entry.step() < order.maxSteps() && substitute.slot() < order.globalBatch()) {
          Place place = order.place(entry.step(), substitute.slot());
          for (int attempt = 0; attempt < substitute.attempt(); attempt++) {
            tries.merge(
                new Try(entry.step(), place.epoch(), place.position(), attempt), 1, Integer::sum);
          }
        }
      }
    }
    return tries;
  }
}

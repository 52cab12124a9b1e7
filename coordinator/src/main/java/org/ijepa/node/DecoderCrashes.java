package org.ijepa.node;

import akka.util.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.ijepa.batch.DecodeJournal;
import org.ijepa.batch.DecodeJournal.Left;
import org.ijepa.batch.SoundFile;
import org.ijepa.checkpoint.StoreMarks;
import org.ijepa.coordinator.RunListener;
import org.ijepa.decode.CrashingFile;
import org.ijepa.decode.DecodeTrial;
import org.ijepa.decode.DecodeTrial.End;
import org.ijepa.decode.DecodeTrial.Outcome;
import org.ijepa.file.Folders;
import org.ijepa.source.Samples;

/**
 * What a start learns of files that take a process down: whatever one that is gone was decoding is
 * tried in processes of its own, and what takes down two of these in a row goes on the run's list.
 */
final class DecoderCrashes {
  private final Path folder;
  private final List<Samples> all;
  private final boolean isAll;
  private final StoreMarks marks;
  private final DecodeTrial trial;
  private final RunListener listener;
  private final List<CrashingFile> found = new ArrayList<>();

  /** A file that was being decoded, where it is for the trial. */
  private record Suspect(String name, Path file) {}

  /**
   * Nothing is looked at yet.
   *
   * @param folder of the journals
   * @param all samples that this node decodes
   * @param isAll whether nobody in the folder decodes anything else: what was decoded of other data
   *     is then not left for others to try
   * @param marks that the nodes of the run share
   */
  DecoderCrashes(
      Path folder,
      List<Samples> all,
      boolean isAll,
      StoreMarks marks,
      DecodeTrial trial,
      RunListener listener) {
    this.folder = folder;
    this.all = List.copyOf(all);
    this.isAll = isAll;
    this.marks = marks;
    this.trial = trial;
    this.listener = listener;
  }

  /**
   * Tries what was left in the folder.
   *
   * @throws org.ijepa.store.StoreException if a verdict cannot be written; the next start tries
   *     again
   */
  void tryLeft() throws IOException, InterruptedException {
    for (Path file : DecodeJournal.all(folder)) {
      Optional<Left> taken = Left.take(file);
      if (taken.isPresent()) {
        try (Left left = taken.get()) {
          if (isAll || samplesOf(left).isPresent()) {
            tryAll(left);
            left.delete();
          }
        }
      }
    }
  }

  /** What was found so far, on the run's list or not. */
  List<CrashingFile> found() {
    return List.copyOf(found);
  }

  private Optional<Samples> samplesOf(Left left) {
    return all.stream().filter(one -> one.fingerprint().equals(left.fingerprint())).findFirst();
  }

  private void tryAll(Left left) throws IOException, InterruptedException {
    if (left.samples().isEmpty()) {
      return;
    }
    String what = "a process that ended without a word was decoding ";
    Optional<Samples> known = samplesOf(left);
    if (known.isEmpty()) {
      warn(what + left.samples().size() + " files of other data: they are not tried");
      return;
    }
    Samples samples = known.get();
    String names = SomeNames.of(left.samples().stream().map(samples::name).toList(), ", ");
    listener.noted(what + names + ": tried in a process of its own");
    // Whoever holds the journal has this to himself, and whoever held it before may have been
    // killed.
    Path scratch = left.file().resolveSibling(left.file().getFileName() + ".trial");
    Folders.delete(scratch);
    Files.createDirectory(scratch);
    try {
      tryAll(fetched(samples, left.samples(), scratch), scratch);
    } finally {
      Folders.delete(scratch);
    }
  }

  private void tryAll(List<Suspect> suspects, Path scratch)
      throws IOException, InterruptedException {
    Optional<Outcome> together = Optional.empty();
    if (suspects.size() > 1) {
      // After most ends none is guilty: one process tells.
      together = Optional.of(trial.of(suspects.stream().map(Suspect::file).toList(), scratch));
      if (together.get().end() == End.SURVIVED) {
        listener.noted("tried: none of them takes a process down");
        return;
      }
    }
    int before = found.size();
    for (Suspect suspect : suspects) {
      tryAlone(suspect, scratch);
    }
    if (found.size() == before && together.filter(all -> all.end() == End.DIED).isPresent()) {
      warn(
          "decoded one after another they take a process down (%s), none does alone: they are decoded as ever"
              .formatted(together.get().why()));
    }
  }

  private List<Suspect> fetched(Samples samples, List<Long> suspects, Path scratch)
      throws IOException {
    List<Suspect> fetched = new ArrayList<>();
    for (long sample : suspects) {
      String name = samples.name(sample);
      try {
        ByteString bytes = SoundFile.fetch(samples, sample).toCompletableFuture().join();
        Path file = scratch.resolve(Integer.toString(fetched.size()));
        Files.write(file, bytes.toArray());
        fetched.add(new Suspect(name, file));
      } catch (CompletionException e) {
        cannotBeTried(name, e.getCause().getMessage());
      }
    }
    return fetched;
  }

  /** Once more where it dies: what something else has broken seldom breaks twice. */
  private void tryAlone(Suspect suspect, Path scratch) throws IOException, InterruptedException {
    Outcome outcome = trial.of(List.of(suspect.file()), scratch);
    if (outcome.end() == End.DIED) {
      outcome = trial.of(List.of(suspect.file()), scratch);
    }
    switch (outcome.end()) {
      case SURVIVED -> listener.noted("tried: " + suspect.name() + " takes no process down");
      case UNKNOWN -> cannotBeTried(suspect.name(), outcome.why());
      case DIED -> {
        CrashingFile file = CrashingFile.of(ByteBuffer.wrap(Files.readAllBytes(suspect.file())));
        found.add(file);
        warn(
            "%s takes down the process that decodes it (%s), each of two times: a bad sample from now on (%s)"
                .formatted(
                    suspect.name(),
                    outcome.why(),
                    marks.refuse(file, suspect.name(), outcome.why())));
      }
    }
  }

  private void cannotBeTried(String name, String why) {
    warn("%s cannot be tried (%s): it is decoded as ever".formatted(name, why));
  }

  private void warn(String text) {
    listener.noted("warning: " + text);
  }
}

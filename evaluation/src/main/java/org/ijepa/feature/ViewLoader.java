package org.ijepa.feature;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.ijepa.batch.FileBudget;
import org.ijepa.batch.SoundFile;
import org.ijepa.decode.BadImage;
import org.ijepa.failure.Failure;
import org.ijepa.feature.FeatureExtractor.View;
import org.ijepa.source.Samples;

/**
 * Fetches samples and decodes them on threads of its own, each into a place that its number decides
 * about: the result is the same with any number of threads. Large files wait for each other, so
 * that those in memory are within a budget.
 */
final class ViewLoader implements AutoCloseable {
  private final ExecutorService threads;
  private final FileBudget budget;

  /**
   * Starts its threads.
   *
   * @param fileBytes bytes of files in memory, fetched or being decoded; a larger one comes alone
   */
  ViewLoader(int threads, long fileBytes) {
    budget = new FileBudget(() -> fileBytes);
    this.threads =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "ijepa-view");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** Views that are under way. */
  static final class Views {
    private final List<CompletableFuture<Optional<BadImage>>> each;

    private Views(List<CompletableFuture<Optional<BadImage>>> each) {
      this.each = each;
    }

    /** Waits until nobody works on them any more, whatever came of them. */
    void settle() {
      CompletableFuture.allOf(each.toArray(CompletableFuture[]::new))
          .exceptionally(failure -> null)
          .join();
    }

    /**
     * Waits for all.
     *
     * @return for each what is wrong with it; empty if its pixels are there
     * @throws Failure if the reads of one bring other bytes each time
     * @throws CompletionException if one cannot be read
     */
    List<Optional<BadImage>> await() {
      settle();
      List<Optional<BadImage>> bad = new ArrayList<>();
      for (CompletableFuture<Optional<BadImage>> one : each) {
        try {
          bad.add(one.join());
        } catch (CompletionException e) {
          if (e.getCause() instanceof Failure failure) {
            throw failure;
          }
          throw e;
        }
      }
      return bad;
    }
  }

  /**
   * Begins to fetch and decode.
   *
   * @param target direct buffer of an image for each sample, written to until they are awaited
   * @param imageBytes of an image
   */
  Views begin(Samples source, long[] samples, View view, ByteBuffer target, int imageBytes) {
    List<CompletableFuture<Optional<BadImage>>> each = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      long sample = samples[i];
      ByteBuffer slot = target.slice(i * imageBytes, imageBytes);
      FileBudget.Claim claim = budget.claim();
      each.add(
          budget
              .fetch(claim, SoundFile.bytes(source, sample), () -> SoundFile.fetch(source, sample))
              .thenApplyAsync(
                  file -> {
                    try {
                      SoundFile.use(
                          source,
                          sample,
                          file,
                          found -> view.view(sample, found, slot.duplicate()));
                      return Optional.<BadImage>empty();
                    } catch (BadImage e) {
                      return Optional.of(e);
                    }
                  },
                  threads)
              .whenComplete((bad, failure) -> claim.end())
              .toCompletableFuture());
    }
    return new Views(each);
  }

  /** Ends its threads once they have nothing to do. */
  @Override
  public void close() {
    budget.close();
    threads.shutdown();
  }
}

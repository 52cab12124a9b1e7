package org.ijepa.batch;

import akka.NotUsed;
import akka.stream.Attributes;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/** Fetching and decoding, the one ahead of the other, in order. */
public final class DecodeStages {
  private DecodeStages() {}

  /**
   * How much is done at once.
   *
   * @param fetches files fetched
   * @param decoders images decoded, the threads that decode
   * @param budget bytes of files in memory; of this stream alone
   */
  public record Width(int fetches, int decoders, FileBudget budget) {}

  /**
   * What is to be decoded.
   *
   * @param wanted what is wanted
   * @param claim of the file, for what may have to be read besides
   */
  public record Fetched<T>(T wanted, ByteString file, FileBudget.Claim claim) {}

  /**
   * The two stages of one stream.
   *
   * @param bytes of the file that {@code fetch} brings
   * @param <T> what is wanted
   * @param <R> what comes of it
   */
  public static <T, R> Flow<T, R, NotUsed> of(
      Width width,
      ToLongFunction<T> bytes,
      Function<T, CompletionStage<ByteString>> fetch,
      Function<Fetched<T>, CompletionStage<R>> decode) {
    FileBudget budget = width.budget();
    return Flow.<T>create()
        .mapAsync(
            width.fetches(),
            wanted -> {
              FileBudget.Claim claim = budget.claim();
              return budget
                  .fetch(claim, bytes.applyAsLong(wanted), () -> fetch.apply(wanted))
                  .thenApply(file -> new Fetched<>(wanted, file, claim));
            })
        // Decoding runs ahead on its own threads; the boundary keeps fetching going meanwhile.
        .async()
        // As many wait for a thread as there are threads: none stands still until it is told what
        // is next.
        .mapAsync(
            2 * width.decoders(),
            fetched ->
                decode.apply(fetched).whenComplete((result, failure) -> fetched.claim().end()))
        .watchTermination(
            (before, ended) -> {
              ended.whenComplete((done, failure) -> budget.close());
              return before;
            })
        .withAttributes(Attributes.inputBuffer(1, 1));
  }
}

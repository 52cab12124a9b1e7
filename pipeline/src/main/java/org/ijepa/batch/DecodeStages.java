package org.ijepa.batch;

import akka.NotUsed;
import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Fetching and decoding, the one ahead of the other, in order. */
public final class DecodeStages {
  private DecodeStages() {}

  /**
   * The two stages.
   *
   * @param fetches files fetched at once
   * @param decoders images decoded at once, the threads that {@code decode} has
   * @param <T> what is wanted
   * @param <R> what comes of it
   */
  public static <T, R> Flow<T, R, NotUsed> of(
      int fetches,
      int decoders,
      Function<T, CompletionStage<ByteString>> fetch,
      BiFunction<T, ByteString, CompletionStage<R>> decode) {
    return Flow.<T>create()
        .mapAsync(
            fetches, wanted -> fetch.apply(wanted).thenApply(file -> Pair.create(wanted, file)))
        // Decoding runs ahead on its own threads; the boundary keeps fetching going meanwhile.
        .async()
        // As many wait for a thread as there are threads: none stands still until it is told what
        // is next.
        .mapAsync(2 * decoders, fetched -> decode.apply(fetched.first(), fetched.second()))
        .withAttributes(Attributes.inputBuffer(1, 1));
  }
}

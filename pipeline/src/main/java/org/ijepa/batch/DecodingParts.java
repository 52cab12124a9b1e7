package org.ijepa.batch;

import akka.Done;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.ijepa.decode.ImageDecoder;

/**
 * What images are decoded with.
 *
 * @param threads that decode
 * @param journal tells a later process what each of the threads decodes
 * @param news to be asked by each stream that begins, which decodes nothing before it is complete:
 *     what others have found out of files is known then; it never fails
 */
public record DecodingParts(
    ImageDecoder decoder,
    Executor threads,
    DecodeJournal journal,
    Supplier<CompletionStage<Done>> news) {
  /** Where there are no others. */
  public static final Supplier<CompletionStage<Done>> NO_NEWS =
      () -> CompletableFuture.completedStage(Done.getInstance());

  /** Without a word to others or from them. */
  public static DecodingParts of(ImageDecoder decoder, Executor threads) {
    return new DecodingParts(decoder, threads, DecodeJournal.NONE, NO_NEWS);
  }
}

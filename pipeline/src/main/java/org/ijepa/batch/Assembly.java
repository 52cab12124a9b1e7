package org.ijepa.batch;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.ijepa.batch.SampleDecoding.Decoded;
import org.ijepa.order.Place;

/** A micro-batch being filled, by several threads at different places. */
final class Assembly {
  private final MicroBatchPlan plan;
  private final ByteBuffer images;
  private final int imageBytes;
  private final Decoded[] samples;
  private final CompletableFuture<Assembly> full = new CompletableFuture<>();
  private int missing;

  Assembly(MicroBatchPlan plan, ByteBuffer images, int imageBytes) {
    this.plan = plan;
    this.images = images;
    this.imageBytes = imageBytes;
    missing = plan.slots().size();
    samples = new Decoded[missing];
  }

  int size() {
    return samples.length;
  }

  /** Bytes of one image. */
  int imageBytes() {
    return imageBytes;
  }

  Place place(int number) {
    return plan.slots().get(number).place();
  }

  /** Where the pixels of a sample belong. */
  ByteBuffer target(int number) {
    return images.duplicate().position(number * imageBytes);
  }

  /** The pixels of a sample are there; whether all are now. */
  synchronized boolean put(int number, Decoded decoded) {
    samples[number] = decoded;
    missing--;
    return missing == 0;
  }

  /** Done when all samples are there. */
  CompletableFuture<Assembly> full() {
    return full;
  }

  synchronized MicroBatch finish(BufferPool pool) {
    int[] attempts = Stream.of(samples).mapToInt(Decoded::attempt).toArray();
    List<BadSample> bad = new ArrayList<>();
    for (int i = 0; i < samples.length; i++) {
      int slot = plan.slots().get(i).slot();
      for (BadAttempt tried : samples[i].bad()) {
        bad.add(new BadSample(slot, tried.attempt(), tried.key(), tried.cause(), tried.detail()));
      }
    }
    bad.sort(Comparator.comparingInt(BadSample::slot).thenComparingInt(BadSample::attempt));
    return new MicroBatch(plan, images, pool, attempts, bad);
  }
}

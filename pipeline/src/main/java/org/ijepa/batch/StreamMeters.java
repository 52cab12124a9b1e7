package org.ijepa.batch;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.ijepa.stage.CrowdMeter;
import org.ijepa.stage.PipelineCounts;
import org.ijepa.stage.StageMeter;
import org.ijepa.stage.StageMeter.Element;
import org.ijepa.store.Hedges;

/**
 * Counts the stages of one stream, each of which takes what the one before it has finished. They
 * are called where the stream's elements pass, in their order.
 */
final class StreamMeters {
  private final StageMeter plan;
  private final StageMeter fetch;
  private final StageMeter decode;
  private final StageMeter batch;
  private final StageMeter trainer;
  private final CrowdMeter elsewhere;
  private final CrowdMeter memory;

  /** The micro-batch that the trainer works on; null while it waits. */
  private Element training;

  StreamMeters(BatchStream.Options options) {
    plan = new StageMeter(1, options.nanoTime());
    fetch = new StageMeter(options.fetchParallelism(), options.nanoTime());
    decode = new StageMeter(options.decodeParallelism(), options.nanoTime());
    batch = new StageMeter(options.prefetch(), options.nanoTime());
    trainer = new StageMeter(1, options.nanoTime());
    elsewhere = new CrowdMeter(options.nanoTime());
    memory = new CrowdMeter(options.nanoTime());
  }

  /** The same plans, their making counted. */
  Iterator<MicroBatchPlan> planned(Iterator<MicroBatchPlan> plans) {
    return new Iterator<>() {
      private boolean looked;
      private boolean there;

      /** Looking for the next plan is what makes it. */
      @Override
      public boolean hasNext() {
        if (!looked) {
          Element element = plan.begin();
          there = plans.hasNext();
          plan.finish(element);
          looked = true;
        }
        return there;
      }

      @Override
      public MicroBatchPlan next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        looked = false;
        return plans.next();
      }
    };
  }

  /** What counts the samples that are decoded elsewhere. */
  CrowdMeter elsewhere() {
    return elsewhere;
  }

  /** What counts the reads that wait for room in memory. */
  CrowdMeter memory() {
    return memory;
  }

  /** Whether there is no room for what fetching and decoding could bring. */
  void held(boolean now) {
    fetch.held(now);
    decode.held(now);
  }

  /** A plan's samples may be fetched. */
  void admitted() {
    plan.taken();
  }

  /** A fetch of a sample. */
  <T> CompletionStage<T> fetching(Supplier<CompletionStage<T>> work) {
    return counted(fetch, work);
  }

  /** A decode of what was fetched; fetches of substitutes count here, they are few. */
  <T> CompletionStage<T> decoding(Supplier<CompletionStage<T>> work) {
    fetch.taken();
    return counted(decode, work);
  }

  private static <T> CompletionStage<T> counted(
      StageMeter stage, Supplier<CompletionStage<T>> work) {
    Element element = stage.begin();
    return work.get().whenComplete((result, failure) -> stage.finish(element));
  }

  /** A decoded sample has reached its micro-batch. */
  void decoded() {
    decode.taken();
  }

  /** A micro-batch is made of its samples. */
  <T> T batching(Supplier<T> work) {
    Element element = batch.begin();
    T result = work.get();
    batch.finish(element);
    return result;
  }

  /** The trainer asks for a micro-batch, and is done with the one before. */
  synchronized void asked() {
    if (training != null) {
      trainer.finish(training);
      trainer.taken();
      training = null;
    }
  }

  /** The trainer has got its micro-batch. */
  synchronized void given() {
    batch.taken();
    training = trainer.begin();
  }

  /**
   * What all have counted.
   *
   * @param hedges since the stream began
   */
  PipelineCounts counts(Hedges hedges) {
    return new PipelineCounts(
        plan.counts(),
        fetch.counts(),
        decode.counts(),
        batch.counts(),
        trainer.counts(),
        elsewhere.counts(),
        memory.counts(),
        hedges);
  }
}

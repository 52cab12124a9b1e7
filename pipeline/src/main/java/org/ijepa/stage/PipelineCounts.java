package org.ijepa.stage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import org.ijepa.store.Hedges;

/**
 * What the stages of one trainer's input did in some time.
 *
 * @param plan which samples and which masks, a micro-batch at a time
 * @param fetch bytes of samples from the store
 * @param decode bytes to cropped and resized pixels
 * @param batch micro-batches that are ready; its slots are the places kept for them
 * @param trainer what pulls micro-batches: it works, or waits for the next
 * @param elsewhere samples that nodes which only decode have or bring; of no number of places
 * @param memory reads that wait for room in memory (pipeline.fetch.bytes), before they are counted
 *     as fetched; of no number of places
 * @param hedges reads of the store that were slow and sent a second time, or failed and were
 *     repeated
 */
public record PipelineCounts(
    StageCounts plan,
    StageCounts fetch,
    StageCounts decode,
    StageCounts batch,
    StageCounts trainer,
    StageCounts elsewhere,
    StageCounts memory,
    Hedges hedges) {

  /** Nothing was counted. */
  public static final PipelineCounts NONE =
      new PipelineCounts(
          StageCounts.NONE,
          StageCounts.NONE,
          StageCounts.NONE,
          StageCounts.NONE,
          StageCounts.NONE,
          StageCounts.NONE,
          StageCounts.NONE,
          Hedges.NONE);

  /** How long was counted: the trainer either works or waits. */
  public double seconds() {
    return trainer.total();
  }

  /** Share of the time in which the trainer waited for its next micro-batch. */
  public double inputWait() {
    return trainer.upstreamShare();
  }

  /**
   * What the stages have passed on and asked of the store, counted together: it changes as long as
   * any of them moves.
   */
  public long moves() {
    long[] sum = {hedges.reads() + hedges.sent() + hedges.retries()};
    forEach((name, stage) -> sum[0] += stage.in() + stage.out());
    return sum[0];
  }

  /** Share of the samples that came from nodes which only decode. */
  public double elsewhereShare() {
    double all = decode.out() + elsewhere.out();
    return all == 0 ? 0 : elsewhere.out() / all;
  }

  /** Share of the time of all places for fetching in which a read waited for room in memory. */
  public double memoryShare() {
    return fetch.total() == 0 ? 0 : Math.min(1, memory.busy() / fetch.total());
  }

  /** Both together. */
  public PipelineCounts plus(PipelineCounts later) {
    return with(later, StageCounts::plus, hedges.plus(later.hedges));
  }

  /** What came since {@code earlier}. */
  public PipelineCounts minus(PipelineCounts earlier) {
    return with(earlier, StageCounts::minus, hedges.minus(earlier.hedges));
  }

  private PipelineCounts with(
      PipelineCounts other, BinaryOperator<StageCounts> operator, Hedges its) {
    return new PipelineCounts(
        operator.apply(plan, other.plan),
        operator.apply(fetch, other.fetch),
        operator.apply(decode, other.decode),
        operator.apply(batch, other.batch),
        operator.apply(trainer, other.trainer),
        operator.apply(elsewhere, other.elsewhere),
        operator.apply(memory, other.memory),
        its);
  }

  /** Each stage with its name, in the order of the stream. */
  public void forEach(BiConsumer<String, StageCounts> stage) {
    stage.accept("plan", plan);
    stage.accept("fetch", fetch);
    stage.accept("decode", decode);
    stage.accept("batch", batch);
    stage.accept("trainer", trainer);
    stage.accept("elsewhere", elsewhere);
    stage.accept("memory", memory);
  }

  /** All numbers by name, such as {@code decode_busy}; {@link #of} reads them again. */
  public Map<String, Double> numbers() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    forEach(
        (name, stage) -> {
          numbers.put(name + "_slots", (double) stage.slots());
          numbers.put(name + "_in", (double) stage.in());
          numbers.put(name + "_out", (double) stage.out());
          numbers.put(name + "_busy", stage.busy());
          numbers.put(name + "_upstream", stage.upstream());
          numbers.put(name + "_downstream", stage.downstream());
        });
    numbers.put("fetch_reads", (double) hedges.reads());
    numbers.put("fetch_hedges", (double) hedges.sent());
    numbers.put("fetch_hedges_won", (double) hedges.won());
    numbers.put("fetch_retries", (double) hedges.retries());
    return numbers;
  }

  /** What {@link #numbers} made; a number that is not there is 0. */
  public static PipelineCounts of(Map<String, Double> numbers) {
    return new PipelineCounts(
        stage(numbers, "plan"),
        stage(numbers, "fetch"),
        stage(numbers, "decode"),
        stage(numbers, "batch"),
        stage(numbers, "trainer"),
        stage(numbers, "elsewhere"),
        stage(numbers, "memory"),
        new Hedges(
            count(numbers, "fetch_reads"),
            count(numbers, "fetch_hedges"),
            count(numbers, "fetch_hedges_won"),
            count(numbers, "fetch_retries")));
  }

  private static StageCounts stage(Map<String, Double> numbers, String name) {
    return new StageCounts(
        numbers.getOrDefault(name + "_slots", 0.0).intValue(),
        count(numbers, name + "_in"),
        count(numbers, name + "_out"),
        numbers.getOrDefault(name + "_busy", 0.0),
        numbers.getOrDefault(name + "_upstream", 0.0),
        numbers.getOrDefault(name + "_downstream", 0.0));
  }

  private static long count(Map<String, Double> numbers, String name) {
    return numbers.getOrDefault(name, 0.0).longValue();
  }
}

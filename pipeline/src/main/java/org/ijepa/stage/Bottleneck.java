package org.ijepa.stage;

import java.util.Locale;

/**
 * Which stage limits a run, and what to do about it; a pure function of what the stages counted.
 *
 * <p>A stage limits if the trainer waits and the stage is the busiest: those before it then wait
 * for it to take, those after it for what it gives.
 *
 * @param limit which stage
 * @param inputWait share of the time that the trainer waited for its input
 * @param text a sentence that names the setting to change, and to what
 */
public record Bottleneck(Limit limit, double inputWait, String text) {
  /** A trainer that waits less than this share of its time is kept busy. */
  public static final double LITTLE_WAIT = 0.05;

  /** A stage that limits works at least this share of the time. */
  private static final double BUSY = 0.5;

  /** Decoders that have nothing for this share of the time do not limit what waits for room. */
  private static final double IDLE = 0.1;

  /** More fetches at a time than this are no longer what helps. */
  private static final int MOST_FETCHES = 256;

  /** What can limit. */
  public enum Limit {
    /** Nothing was counted. */
    UNKNOWN,
    TRAINERS,
    DECODE,
    FETCH,
    /** Decoders have nothing to do, and reads wait for room for what they would bring. */
    MEMORY,
    MASKS,
    /** No stage is busy all the time: what is kept ready does not last through hiccups. */
    BURSTS
  }

  /**
   * What limits.
   *
   * @param cores that decoding can have for each trainer
   */
  public static Bottleneck of(PipelineCounts counts, int cores) {
    if (counts.seconds() <= 0) {
      return new Bottleneck(Limit.UNKNOWN, 0, "nothing was counted yet");
    }
    double wait = counts.inputWait();
    if (wait < LITTLE_WAIT) {
      return new Bottleneck(
          Limit.TRAINERS,
          wait,
          "the trainers limit, they wait for input %s of the time; nothing to do in the pipeline"
              .formatted(percent(wait)));
    }
    if (counts.memoryShare() >= BUSY && counts.decode().upstreamShare() >= IDLE) {
      return new Bottleneck(Limit.MEMORY, wait, memory(counts));
    }
    double plan = counts.plan().busyShare();
    double fetch = counts.fetch().busyShare();
    double decode = counts.decode().busyShare();
    double busiest = Math.max(plan, Math.max(fetch, decode));
    if (busiest < BUSY) {
      return new Bottleneck(Limit.BURSTS, wait, bursts(counts));
    }
    if (decode == busiest) {
      return new Bottleneck(Limit.DECODE, wait, decode(counts, cores));
    }
    return fetch == busiest
        ? new Bottleneck(Limit.FETCH, wait, fetch(counts))
        : new Bottleneck(
            Limit.MASKS,
            wait,
            "drawing masks limits: %s; one thread draws them for each trainer, so use more trainers"
                .formatted(waits(counts)));
  }

  private static String decode(PipelineCounts counts, int cores) {
    int slots = counts.decode().slots();
    if (slots >= cores) {
      return "decode limits: %s, and decodes %d images at a time on %d cores; %s, or store the images smaller"
          .formatted(waits(counts), slots, cores, others(counts.elsewhereShare()));
    }
    return "decode limits: %s; raise pipeline.decode.parallelism from %d to %d"
        .formatted(waits(counts), slots, Math.min(cores, enough(slots, counts.inputWait())));
  }

  private static String others(double share) {
    return share == 0
        ? "start nodes with cluster.roles = [pipeline]"
        : "start more nodes with cluster.roles = [pipeline], which bring %s of them now"
            .formatted(percent(share));
  }

  private static String fetch(PipelineCounts counts) {
    int slots = counts.fetch().slots();
    if (slots >= MOST_FETCHES) {
      return "fetch limits: %s, with %d reads at a time; bring the images nearer, or keep them on a local disk (data.cache.limit)"
          .formatted(waits(counts), slots);
    }
    int more = Math.min(MOST_FETCHES, Math.max(2 * slots, enough(slots, counts.inputWait())));
    return "fetch limits: %s; raise pipeline.fetch.parallelism from %d to %d, or keep images on a local disk (data.cache.limit)"
        .formatted(waits(counts), slots, more);
  }

  private static String memory(PipelineCounts counts) {
    return "memory for files limits: %s, and %s of what may be read at a time waits for room; raise pipeline.fetch.bytes to twice what it is, and the heap with it (IJEPA_JAVA_OPTS=-Xmx...)"
        .formatted(waits(counts), percent(counts.memoryShare()));
  }

  private static String bursts(PipelineCounts counts) {
    int slots = counts.batch().slots();
    return "input comes in bursts: %s, though no stage is busy all the time; raise pipeline.prefetch from %d to %d"
        .formatted(waits(counts), slots, 2 * slots);
  }

  private static String waits(PipelineCounts counts) {
    return "the trainers wait for input " + percent(counts.inputWait()) + " of the time";
  }

  /** How many at a time would keep the trainer busy, if twice as many do twice as much. */
  private static int enough(int slots, double wait) {
    double factor = 1 / Math.max(1 - wait, 1e-3);
    return Math.max(slots + 1, (int) Math.min(Integer.MAX_VALUE, Math.ceil(slots * factor)));
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.0f %%", 100 * share);
  }
}

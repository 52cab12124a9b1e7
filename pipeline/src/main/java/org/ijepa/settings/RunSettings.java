package org.ijepa.settings;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The smaller sections: how a run is stored, spread, fed and shown. */
public final class RunSettings {
  private RunSettings() {}

  /**
   * Checkpoints.
   *
   * @param uri where, or empty for the run folder
   * @param keepLast newest ones that are kept
   * @param keepEvery steps whose multiples are kept for ever, or 0
   */
  public record Checkpoint(Optional<String> uri, int everySteps, int keepLast, int keepEvery) {
    static Checkpoint read(Section section) {
      return new Checkpoint(
          section.optionalText("uri"),
          section.integer("every-steps", 1),
          section.integer("keep-last", 1),
          section.integer("keep-every", 0));
    }
  }

  /**
   * This node's part in the cluster.
   *
   * @param trainers trainers of this node
   * @param minTrainers trainers of the cluster with which training begins
   * @param threads OpenMP threads of each trainer
   */
  public record Cluster(
      String name,
      String host,
      int port,
      List<String> seedNodes,
      List<String> roles,
      int trainers,
      int minTrainers,
      int threads,
      Duration collectiveTimeout,
      int maxTrainerRestarts) {
    static Cluster read(Section section, int cores) {
      int trainers = section.integer("trainers", 1);
      return new Cluster(
          section.text("name"),
          section.text("host"),
          section.integer("port", 0),
          section.texts("seed-nodes"),
          section.texts("roles"),
          trainers,
          section.optionalInteger("min-trainers", 1).orElse(trainers),
          section.optionalInteger("threads", 1).orElse(Math.max(1, cores / trainers)),
          section.duration("collective-timeout"),
          section.integer("max-trainer-restarts", 0));
    }
  }

  /**
   * How trainers are fed.
   *
   * @param prefetch micro-batches ready before the trainer asks
   * @param badSampleBudget share of samples that may be bad
   * @param maxPixels larger images are bad
   */
  public record Pipeline(
      int fetchParallelism,
      int decodeParallelism,
      int prefetch,
      double badSampleBudget,
      long maxPixels,
      Duration minBackoff,
      Duration maxBackoff,
      Duration giveUpAfter) {
    static Pipeline read(Section section, int cores) {
      return new Pipeline(
          section.integer("fetch.parallelism", 1),
          section.optionalInteger("decode.parallelism", 1).orElse(cores),
          section.integer("prefetch", 1),
          section.number("bad-sample-budget", 0, 1),
          section.wholeLong("max-pixels"),
          section.duration("retry.min-backoff"),
          section.duration("retry.max-backoff"),
          section.duration("retry.give-up-after"));
    }
  }

  /** What is shown. */
  public record Logging(int everySteps, String level) {
    static Logging read(Section section) {
      return new Logging(section.integer("every-steps", 1), section.text("level"));
    }
  }
}

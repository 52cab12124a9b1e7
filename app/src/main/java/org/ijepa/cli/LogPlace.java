package org.ijepa.cli;

import ch.qos.logback.classic.LoggerContext;
import org.slf4j.LoggerFactory;

/**
 * Lets every line of this process's log say where it comes from: the node's name and generation,
 * where it is one of several, and the step. The log has it for all threads alike, as what warns is
 * mostly a library's thread; a trainer's own threads add their rank.
 */
final class LogPlace {
  /** Of the log's context; {@link LogPlaceConverter} writes it into each line. */
  static final String PROPERTY = "ijepa.place";

  private String node = "";

  /** This process is a node of a cluster. */
  synchronized void named(String its) {
    node = its;
    put(node);
  }

  /** A trainer of this process holds the gradient of a step. */
  synchronized void reduced(long generation, long step) {
    put(node.isEmpty() ? "step " + step : node + " g" + generation + " step " + step);
  }

  /** The run is over. */
  synchronized void clear() {
    node = "";
    put("");
  }

  private static void put(String place) {
    // Whoever embeds this may bring another log.
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext log) {
      log.putProperty(PROPERTY, place);
    }
  }
}

package org.ijepa.coordinator;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;

/** What a cluster says to somebody who asks how it is. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "is")
@JsonSubTypes({
  @JsonSubTypes.Type(value = StatusAnswer.Members.class, name = "members"),
  @JsonSubTypes.Type(value = StatusAnswer.Run.class, name = "run")
})
public sealed interface StatusAnswer {

  /** The cluster, as the node that was asked sees it; the oldest node first. */
  record Members(List<Node> nodes) implements StatusAnswer {}

  /**
   * A node.
   *
   * @param address {@code system@host:port}
   * @param status of its membership, as Akka calls it
   * @param reachable whether heartbeats come from it
   * @param leads whether the coordinator lives there
   */
  record Node(
      String address, List<String> roles, String status, boolean reachable, boolean leads) {}

  /**
   * The run, as its coordinator sees it.
   *
   * @param phase what the coordinator is at, in a word
   * @param step number of steps committed
   * @param loss of the last one; NaN before the first
   * @param trainers of the generation, in the order of ranks
   * @param leftOut trainers that are there, and left out as others could not sum with them
   * @param checkpoint the newest complete one; empty: none yet
   * @param events the newest last
   */
  record Run(
      long generation,
      String phase,
      long step,
      long totalSteps,
      double loss,
      List<String> trainers,
      List<String> leftOut,
      String checkpoint,
      List<Event> events)
      implements StatusAnswer {}

  /**
   * Something that happened.
   *
   * @param time as ISO 8601, UTC
   */
  record Event(String time, String text) {}
}
